" Glue for ALE, which sends the problems it shows to no server, and drops the edit that comes with a command's answer.
" :AutofixLine asks for a fix of what is wrong on the cursor's line, :AutofixFile of all that is wrong in the file.

function! s:root(buffer) abort
  let git = finddir('.git', fnamemodify(bufname(a:buffer), ':p:h') . ';')
  return git ==# '' ? fnamemodify(bufname(a:buffer), ':p:h') : fnamemodify(git, ':p:h:h')
endfunction

" Makes autofix a linter of ALE for this file type.
function! AutofixForFileType(type) abort
  call ale#linter#Define(a:type, {'name': 'autofix', 'lsp': 'stdio', 'executable': 'autofix',
        \ 'command': '%e --stdio', 'project_root': function('s:root')})
endfunction

" LSP counts in units of UTF-16 here, Vim in bytes.
function! s:units(line, byte) abort
  return strchars(substitute(strpart(a:line, 0, a:byte), '[^\x01-\uFFFF]', 'xx', 'g'))
endfunction

function! s:byte(line, units) abort
  let [byte, left] = [0, a:units]
  for code in str2list(a:line)
    if left <= 0 | break | endif
    let left -= code > 0xFFFF ? 2 : 1
    let byte += strlen(nr2char(code))
  endfor
  return byte
endfunction

function! s:diagnostic(found) abort
  let line = getline(a:found.lnum)
  let last = get(a:found, 'end_lnum', a:found.lnum)
  return {'range': {
        \   'start': {'line': a:found.lnum - 1, 'character': s:units(line, a:found.col - 1)},
        \   'end': {'line': last - 1, 'character': s:units(getline(last), get(a:found, 'end_col', a:found.col))}},
        \ 'message': a:found.text, 'source': a:found.linter_name,
        \ 'severity': {'E': 1, 'W': 2, 'I': 3}[a:found.type]}
endfunction

" Columns as ALE's function takes them, in bytes.
function! s:in_bytes(changes) abort
  for change in a:changes
    let buffer = bufadd(change.fileName)
    call bufload(buffer)
    for edit in change.textChanges
      for place in [edit.start, edit.end]
        let place.offset = s:byte(get(getbufline(buffer, place.line), 0, ''), place.offset - 1) + 1
      endfor
    endfor
  endfor
  return a:changes
endfunction

function! s:apply(buffer, tick, reply) abort
  let result = get(a:reply, 'result')
  if type(result) !=# v:t_dict
    let text = get(get(a:reply, 'error', {}), 'message', 'no answer')
  elseif index(['verified', 'unverified'], result.status) < 0
    let text = result.summary
  elseif result.reason ==# 'stale_document' || a:tick != getbufvar(a:buffer, 'changedtick')
    let text = 'The text changed meanwhile, nothing was applied.'
  else
    let changes = ale#code_action#BuildChangesList(ale#code_action#GetChanges(result.edit))
    call ale#code_action#HandleCodeAction({'description': 'autofix', 'changes': s:in_bytes(changes)}, {})
    let text = printf('%s (%s, %s)', result.summary, result.provider, result.status)
  endif
  echomsg 'autofix: ' . text
endfunction

function! s:fix(only_line) abort
  let buffer = bufnr('')
  let argument = {'uri': ale#util#ToURI(expand('%:p'))}
  if a:only_line
    let line = line('.') - 1
    let end = s:units(getline('.'), col('$') - 1)
    let argument.range = {'start': {'line': line, 'character': 0}, 'end': {'line': line, 'character': end}}
  endif
  " What autofix itself published of failing tests it knows.
  let problems = filter(copy(ale#engine#GetLoclist(buffer)), {_, found -> found.linter_name !=# 'autofix'})
  let forwarded = extend({'diagnostics': map(problems, {_, found -> s:diagnostic(found)})}, {'uri': argument.uri})
  " ALE sends changes late, and not before a request.
  call ale#lsp_linter#SendRequest(buffer, 'autofix', ale#lsp#message#DidChange(buffer))
  call ale#lsp_linter#SendRequest(buffer, 'autofix', [1, 'autofix/didChangeDiagnostics', forwarded])
  call ale#lsp_linter#SendRequest(buffer, 'autofix', [0, 'autofix/fix', argument],
        \ function('s:apply', [buffer, b:changedtick]))
  echo 'autofix: at work'
endfunction

command! AutofixLine call s:fix(1)
command! AutofixFile call s:fix(0)
