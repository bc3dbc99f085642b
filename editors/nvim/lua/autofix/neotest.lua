-- A consumer for neotest: consumers = { autofix = require("autofix.neotest") }. Hands over what a run found.
local forward = require("autofix.forward")

local most_output = 16384

-- The end of what the test printed: that is where the failure is told.
local function end_of(path)
  local file = path and io.open(path, "rb")
  if not file then
    return nil
  end
  local size = file:seek("end")
  file:seek("set", math.max(0, size - most_output))
  local text = file:read("*a")
  file:close()
  return text
end

-- As the runner names it within its project: `tests/test_sum.py::test_zero`.
local function name_of(position, root)
  return vim.startswith(position.id, root .. "/") and position.id:sub(#root + 2) or position.id
end

local function failure_of(node, result, root)
  local position = node:data()
  local errors = result.errors or {}
  -- Tests made from parameters have no place of their own.
  local place = node:closest_value_for("range") or { 0 }
  local line = errors[1] and errors[1].line or place[1]
  local messages = vim.tbl_map(function(problem)
    return problem.message
  end, errors)
  return {
    name = name_of(position, root),
    uri = vim.uri_from_fname(position.path),
    range = { start = { line = line, character = 0 }, ["end"] = { line = line, character = 0 } },
    message = messages[1] and table.concat(messages, "\n") or result.short or "failed",
    output = end_of(result.output),
  }
end

return function(client)
  -- Its diagnostics say what we hand over.
  forward.known.neotest = true
  local failures = {}

  -- In the middle of a run come partial results, and at its end all of them again: the end is enough. The server takes
  -- each set for the whole, so that failures of earlier runs belong to it.
  client.listeners.results = function(adapter_id, results, partial)
    if partial then
      return
    end
    failures[adapter_id] = {}
    local passed = {}
    for id, result in pairs(client:get_results(adapter_id)) do
      local node = client:get_position(id, { adapter = adapter_id })
      if node and node:data().type == "test" then
        local root = node:root():data().path
        if result.status == "failed" then
          table.insert(failures[adapter_id], failure_of(node, result, root))
        elseif result.status == "passed" and results[id] then
          table.insert(passed, name_of(node:data(), root))
        end
      end
    end
    local all = {}
    for _, of_adapter in pairs(failures) do
      vim.list_extend(all, of_adapter)
    end
    -- neotest calls from a coroutine in which most of Neovim's functions may not be used.
    vim.schedule(function()
      require("autofix").test_results({ framework = adapter_id:match("^[^:]*"), passed = passed, failures = all })
    end)
  end
end
