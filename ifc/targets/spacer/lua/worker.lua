-- Functions in Python and Node: each listens on a socket of its own.

local http = require "ifc_http"
local json = require "ifc_json"
local state = require "ifc_state"
local trace = require "ifc_trace"

local M = {}

-- Whether something here runs a function; one that exists elsewhere, or in a language of the cloud's, never listens.
local function runs(name)
  local current = state.current()
  local known = current and current.functions[name]
  return not known or known.language == "python" or known.language == "node"
end

-- Why a function's code failed, by its answer: the error's type and what it says; nil where it says neither.
local function reason(known)
  local kind, message = type(known) == "table" and known.errorType, type(known) == "table" and known.errorMessage
  if type(message) ~= "string" or message == "" then
    return type(kind) == "string" and kind or nil
  end
  return type(kind) == "string" and kind .. ": " .. message or message
end

-- How a call ended, in the words of answer.failed; nil where it ended well.
local function fault(answer, problem, name)
  if not runs(name) then
    return "broken", "`" .. name .. "` does not run here"
  elseif not answer then
    if problem == "timeout" then
      return "late", "no answer from `" .. name .. "` in time"
    end
    if http.absent(problem) then
      return "broken", "no worker of `" .. name .. "` listens: start it with `ifc local`"
    end
    return "broken", "the worker of `" .. name .. "` ended before it had answered (" .. problem .. ")"
  elseif answer.status == 429 then
    return "busy", "`" .. name .. "` takes no calls: `reserved` is 0"
  elseif answer.status == 413 then
    return "large", "the event for `" .. name .. "` is over 6 MB"
  elseif answer.status ~= 200 then
    return "broken", "the worker of `" .. name .. "` answered " .. answer.status
  elseif answer.headers["x-amz-function-error"] then
    return "broken", reason(json.decode(answer.body)) or "`" .. name .. "` failed", true
  end
end

-- The result of a function as JSON text; nil, how it failed (see answer.failed), why, and whether its code did.
function M.call(name, event, id, timeout)
  local headers = { ["Content-Type"] = "application/json", ["x-ifc-request-id"] = id, ["x-ifc-trace"] = trace.lambda() }
  local address = "unix:" .. state.path(state.setting("sockets")) .. "/" .. name .. ".sock"
  local patience = runs(name) and tonumber(state.setting("patience")) or 0
  local answer, problem = http.post(address, "/", headers, event, { timeout = timeout, patience = patience })
  local kind, why, raised = fault(answer, problem, name)
  if kind then
    return nil, kind, why, raised
  end
  return answer.body
end

-- How long a call of a function may take that nothing else limits, in seconds: its own limit, and time to start.
function M.patience(known)
  return (tonumber(known and known.timeout) or 900) + 10
end

-- What app/NAME.lua is for a function in another language: called as one in Lua it hands its arguments to a worker.
function M.stub(name)
  return function(args)
    local current = state.current()
    local result, _, why = M.call(name, json.encode(args), nil, M.patience(current and current.functions[name]))
    if not result then
      error(why, 0)
    end
    return json.raw(result)
  end
end

return M
