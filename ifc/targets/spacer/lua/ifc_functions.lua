-- Functions in Lua: files of app/ that return `function(args)`. Each has globals of its own, kept until the app changes, like
-- the memory of a Lambda function between two calls.

local json = require "ifc_json"
local permissions = require "ifc_permissions"
local state = require "ifc_state"
local tell = require "ifc_tell"

local find, gsub, sub = string.find, string.gsub, string.sub
local running = coroutine.running

local M = {}

local callers = setmetatable({}, { __mode = "k" }) -- which function runs in which coroutine

local function context()
  return ngx.ctx
end

-- The name of the function that is running; nil outside of one. A thread that a function has started is that function too.
function M.running()
  local thread = running()
  local name = thread and callers[thread]
  if name then
    return name
  end
  local good, ctx = pcall(context)
  return good and ctx.ifc_function or nil
end

-- A variable of the environment: what the app says of a function, with this run's addresses, before nginx's own.
local function variable(known, name)
  local value = known and type(known.environment) == "table" and known.environment[name]
  if type(value) ~= "string" then
    return os.getenv(name)
  end
  value = gsub(value, "%${gateway}", state.setting("gateway") or "%0")
  return (gsub(value, "%${endpoint}", state.setting("endpoint") or "%0"))
end

local function exists(path)
  local file = io.open(state.path(path), "rb")
  if file then
    file:close()
  end
  return file ~= nil
end

-- The file of a function: app/NAME.lua, or app/private/NAME.lua for one that only events reach; nil where there is none.
-- `private/NAME` is another name for the same function.
local function file_of(name)
  name = find(name, "^private/") and sub(name, 9) or name
  if not find(name, "^[%w_-][%w_.-]*$") then
    return nil
  end
  for _, place in ipairs({ "app/", "app/private/" }) do
    local path = place .. name .. ".lua"
    if exists(path) then
      return path, name
    end
  end
end

-- The name of the function that a caller asks for, nil where there is none.
function M.find(current, name)
  if current.loaded[name] then
    return name
  end
  local path, own = file_of(name)
  return path and own
end

-- The globals of a function, with its environment; what it prints is told. Modules beside its code are read from there, by it
-- alone; others are those of all.
local function globals_of(name, known)
  local globals = setmetatable({}, { __index = _G })
  globals.os = setmetatable({
    getenv = function(name)
      return variable(known, name)
    end,
  }, { __index = os })
  if tell.listens() then
    function globals.print(...)
      tell.printed(name, ...)
    end
  end
  local folder = known and type(known.code) == "string" and known.code
  if not folder then
    return globals
  end
  local loaded = {}
  function globals.require(name)
    if loaded[name] ~= nil then
      return loaded[name]
    end
    local path = find(name, "^[%w_./-]+$") and not find(name, "..", 1, true) and folder .. "/" .. gsub(name, "%.", "/") .. ".lua"
    if state.is_builtin(name) or not path or not exists(path) then
      return require(name)
    end
    local value = setfenv(assert(loadfile(state.path(path))), globals)(name)
    loaded[name] = value == nil and true or value
    return loaded[name]
  end
  return globals
end

-- The function itself; nil and what is wrong with it.
local function load(current, name)
  local known = current.loaded[name]
  if known then
    return known
  end
  local path = file_of(name)
  if not path then
    return nil, "there is no app/" .. name .. ".lua"
  end
  local chunk, problem = loadfile(state.path(path))
  if not chunk then
    return nil, problem
  end
  setfenv(chunk, globals_of(name, current.functions[name]))
  local good, value = xpcall(chunk, debug.traceback)
  if not good then
    return nil, value
  elseif type(value) ~= "function" then
    return nil, path .. " returns no function but a " .. type(value)
  end
  current.loaded[name] = value
  return value
end

local function traced(problem)
  return { problem = problem, trace = debug.traceback(type(problem) == "string" and problem or "an error", 2) }
end

-- Calls a function in Lua: a status as Spacer has it, what it returned or why it failed.
function M.call(current, name, args)
  local called, problem = load(current, name)
  if not called then
    ngx.log(ngx.ERR, "the function `", name, "` can't be loaded: ", problem)
    return 500, problem
  end
  local thread = running()
  local before, ctx = callers[thread], ngx.ctx
  local outer = ctx.ifc_function
  callers[thread], ctx.ifc_function = name, outer or name
  local good, value, refused = xpcall(called, traced, args)
  callers[thread], ctx.ifc_function = before, outer
  if not good then
    ngx.log(ngx.ERR, "function `", name, "` failed: ", value.trace)
    return 500, value.problem
  elseif refused then
    return 400, refused
  end
  return 200, value
end

-- The same as an answer: the status, its JSON, and why it is none of 200.
function M.answer(current, name, args)
  local status, value = M.call(current, name, args)
  local why
  if status ~= 200 then
    why = type(value) == "string" and value or "the function failed"
    if status == 500 and os.getenv("SPACER_ENV") == "production" then
      value = "internal server error"
    end
  end
  local good, body = pcall(json.encode, status == 200 and { data = value } or { error = value == nil and "unknown" or value })
  if not good then
    why = "what it returned is no JSON: " .. tostring(body)
    ngx.log(ngx.ERR, "function `", name, "`: ", why)
    return 500, json.encode({ error = why }), why
  end
  return status, body, why
end

-- Raises an error unless the running function may call another.
function M.check(current, name)
  local caller = M.running()
  local known = caller and current.functions[caller]
  if known and not permissions.may_call(current, known, current.functions[name]) then
    error("`" .. caller .. "` may not call `" .. name .. "`: write `calls " .. name .. "` in the function `" .. caller .. "`", 0)
  end
end

return M
