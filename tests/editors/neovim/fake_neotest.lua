-- Stands for neotest where its consumers touch it, by its documented types: positions in a tree, results by position,
-- listeners of a consumer. As neotest does, it calls listeners from a coroutine that a libuv callback started, where
-- most of Neovim's functions are refused.
local Tree = {}
Tree.__index = Tree

local function tree(list, parent, nodes)
  local node = setmetatable({ _data = list[1], _children = {}, _parent = parent, _nodes = nodes or {} }, Tree)
  node._nodes[list[1].id] = node
  for i = 2, #list do
    node._children[i - 1] = tree(list[i], node, node._nodes)
  end
  return node
end

function Tree:data()
  return self._data
end

function Tree:children()
  return vim.list_slice(self._children)
end

function Tree:parent()
  return self._parent
end

function Tree:root()
  return self._parent and self._parent:root() or self
end

function Tree:get_key(id)
  return self._nodes[id]
end

function Tree:closest_node_with(attribute)
  if self._data[attribute] ~= nil then
    return self
  end
  return self._parent and self._parent:closest_node_with(attribute)
end

function Tree:closest_value_for(attribute)
  local node = self:closest_node_with(attribute)
  return node and node:data()[attribute]
end

local M = {}

--- A client with these positions, nested lists by adapter, and these consumers, as neotest.setup() has them.
function M.setup(positions, consumers)
  local client = { _positions = {}, _results = {}, _listeners = {} }
  for adapter, list in pairs(positions) do
    client._positions[adapter] = tree(list)
    client._results[adapter] = {}
  end
  function client:get_position(id, args)
    assert(coroutine.running(), "outside of a coroutine")
    local root = self._positions[args.adapter]
    return root and (id and root:get_key(id) or not id and root or nil)
  end
  function client:get_results(adapter)
    return self._results[adapter] or {}
  end
  for _, consumer in pairs(consumers) do
    local own = setmetatable({ listeners = {} }, { __index = client })
    consumer(own)
    table.insert(client._listeners, own.listeners)
  end
  return setmetatable({ _client = client }, { __index = M })
end

local function emit(client, event, ...)
  local arguments = { ... }
  local failure, over
  vim.uv.new_timer():start(0, 0, function()
    coroutine.wrap(function()
      for _, listeners in ipairs(client._listeners) do
        local ok, why = pcall(listeners[event] or function() end, unpack(arguments))
        failure = failure or (not ok and why)
      end
      over = true
    end)()
  end)
  assert(vim.wait(30000, function()
    return over
  end, 5))
  assert(not failure, failure)
end

--- A run: what it is to run has no results any more; each list of results comes as a partial one, and all at the end.
function M:run(adapter, ids, ...)
  local known = self._client._results[adapter]
  for _, id in ipairs(ids) do
    known[id] = nil
  end
  emit(self._client, "run", adapter, ids[1], ids)
  local all = {}
  for _, results in ipairs({ ... }) do
    all = vim.tbl_extend("force", all, results)
    self._client._results[adapter] = vim.tbl_extend("force", self._client._results[adapter], results)
    emit(self._client, "results", adapter, results, true)
  end
  emit(self._client, "results", adapter, all, false)
end

return M
