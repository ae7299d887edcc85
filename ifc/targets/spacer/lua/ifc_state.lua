-- The app as nginx runs it: the description (config/ifc.json) and what is made of it once for each worker of nginx.
-- A number that all workers share says which one is in force: whoever changes the app or its code adds one to it
-- (POST /_reload on the gateway's socket). So a request after that runs what is new, and no request has to look at files.

local json = require "ifc_json"
local router = require "ifc_router"

local sub = string.sub
local shared, description = ngx.shared.ifc, ngx.shared.ifc_app

local M = {}

local settings = {}
local state -- nil until the first request
local builtin = {} -- modules that no app may replace and no change makes old

-- A path of the project as an absolute one.
function M.path(relative)
  return sub(relative, 1, 1) == "/" and relative or ngx.config.prefix() .. relative
end

-- Where things are, once for all: see nginx.py for what is set.
function M.setup(values)
  settings = values
  for name in pairs(package.loaded) do
    builtin[name] = true
  end
end

-- Whether a module is the system's or ours.
function M.is_builtin(name)
  return builtin[name] == true
end

-- Forgets the modules of the app, so that they are read again; those of the system stay.
local function forget()
  local places = M.path("app/?.lua") .. ";" .. M.path("lib/?.lua")
  for name in pairs(package.loaded) do
    if not builtin[name] and package.searchpath(name, places) then
      package.loaded[name] = nil
    end
  end
end

-- One of the settings; nil where it is not set.
function M.setting(name)
  return settings[name]
end

local function read(path)
  local file, problem = io.open(path, "rb")
  if not file then
    return nil, problem
  end
  local content = file:read("*a")
  file:close()
  return content
end

-- What is made of a description; nil and what is wrong with it.
local function made_of(content)
  local written, problem = json.decode(content)
  if type(written) ~= "table" or type(written.functions) ~= "table" then
    return nil, M.path(settings.description) .. " is no description of an app: " .. (problem or "no functions in it")
  end
  local made = {
    account = written.account or "000000000000",
    region = written.region or "us-east-1",
    functions = written.functions,
    loaded = {}, -- functions in Lua, by name
    allowed = {}, -- who may call whom
  }
  for name, known in pairs(made.functions) do
    known.id = name
  end
  made.groups = router.groups(written.apis ~= json.null and written.apis or {}, made.functions)
  return made
end

-- What is in force now; nil and why there is nothing. It is what the last reload read, in every worker; without one, the file.
function M.current()
  local version = shared:get("version") or 0
  if state and state.version == version then
    return state
  end
  local content, problem = description:get("content")
  if not content then
    content, problem = read(M.path(settings.description))
  end
  local made
  if content then
    made, problem = made_of(content)
  end
  if made then
    made.version = version
    state = made
    forget()
  end
  return made, problem
end

-- Puts what is on disk in force for every request that comes from now on; nil and what is wrong with it.
function M.reload()
  local content, problem = read(M.path(settings.description))
  local made
  if content then
    made, problem = made_of(content)
  end
  if not made then
    return nil, problem
  end
  local kept
  kept, problem = description:set("content", content)
  if not kept then
    return nil, problem
  end
  return shared:incr("version", 1, 0)
end

return M
