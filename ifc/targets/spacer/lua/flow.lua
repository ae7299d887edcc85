-- Functions that call functions: `flow.call("name", data)`.

local functions = require "ifc_functions"
local json = require "ifc_json"
local state = require "ifc_state"
local tell = require "ifc_tell"
local trace = require "ifc_trace"
local worker = require "worker"

local MOST = 50 -- calls of one request that are told of

local M = {}

-- Tells what was called, or keeps it for the line of the log where nobody is told.
local function note(name, started, problem)
  ngx.update_time()
  local duration = ngx.now() - started
  if tell.listens() then
    return tell.called(functions.running(), name, duration, problem)
  end
  local ctx = ngx.ctx
  local calls = ctx.ifc_calls or {}
  ctx.ifc_calls = calls
  if #calls < MOST then
    calls[#calls + 1] = { ["function"] = name, caller = functions.running(), duration = duration, good = problem == nil }
  end
end

local function message(problem)
  return type(problem) == "string" and problem or json.encode(problem)
end

local function call_worker(name, data, known)
  local result, _, why = worker.call(name, json.encode(data), nil, worker.patience(known))
  if not result then
    return nil, why
  end
  return json.decode(result)
end

-- What goes in and comes out is copied, so that nobody changes what is another's.
local function call_lua(current, name, data)
  local args = data == nil and {} or json.decode(json.encode(data))
  local status, value = functions.call(current, name, args)
  if status ~= 200 then
    return nil, message(value)
  end
  if value ~= nil then
    value = json.decode(json.encode(value))
  end
  return value
end

-- What a function returns for `data`; raises an error when it fails, or when the app does not let the caller call it.
function M.call(name, data)
  local current = assert(state.current())
  local known = current.functions[name]
  if known then
    functions.check(current, name)
  else
    local own = functions.find(current, tostring(name))
    if not own then
      error("there is no function `" .. tostring(name) .. "`", 2)
    end
    name, known = own, current.functions[own]
    if known then
      functions.check(current, own)
    end
  end
  local started = ngx.now()
  local leave = trace.enter()
  local good, value, problem = pcall(function()
    if known and known.language ~= "lua" then
      return call_worker(name, data, known)
    end
    return call_lua(current, name, data)
  end)
  leave()
  if not good then
    value, problem = nil, message(value)
  end
  note(name, started, problem)
  if problem then
    error("`" .. name .. "` failed: " .. problem, 0)
  end
  return value
end

-- An array, however few elements it has: an empty table alone is written as an object.
M.array = json.array

return M
