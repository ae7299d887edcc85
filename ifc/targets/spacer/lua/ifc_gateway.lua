-- What nginx hands each request to: `public` whatever comes by TCP, `internal` what comes by the gateway's own socket.
-- No path ever becomes the name of a function here but in `internal`: by TCP only what the description routes can be reached.

local answer = require "ifc_answer"
local cors = require "ifc_cors"
local event = require "ifc_event"
local functions = require "ifc_functions"
local guard = require "ifc_guard"
local json = require "ifc_json"
local request = require "ifc_request"
local router = require "ifc_router"
local state = require "ifc_state"
local text = require "ifc_text"
local throttle = require "ifc_throttle"
local trace = require "ifc_trace"
local worker = require "worker"

local find, match, sub = string.find, string.match, string.sub

local M = {}

-- Reads the settings (see nginx.py) and everything that apps may ask for by name, so that no file of an app stands for it.
function M.setup(settings)
  require "flow"
  require "topics"
  pcall(require, "cjson")
  pcall(require, "cjson.safe")
  state.setup(settings)
end

-- Lets a worker of nginx end when its master was killed: it would listen on, and nobody could start the app again.
function M.worker()
  local ffi = require "ffi"
  ffi.cdef "int prctl(int option, unsigned long value, ...); int getppid(void);"
  pcall(function() -- Linux alone has it
    ffi.C.prctl(1, ffi.cast("unsigned long", 15)) -- SIGTERM when the parent dies
  end)
  if ffi.C.getppid() ~= require("ngx.process").get_master_pid() then
    os.exit(1) -- it has died before
  end
  local beats = state.setting("beats")
  if beats then
    local path = beats .. "/" .. ngx.worker.pid()
    local function beat()
      local file = io.open(path, "w")
      if file then
        file:write("alive")
        file:close()
      end
    end
    ngx.timer.at(0, beat)
    ngx.timer.every(1, beat) -- a function in Lua that never ends lets it stop: whoever watches replaces the worker then
  end
end

-- --- routes ---

-- The headers by lower-case name; a list where one came more than once.
local function headers_of()
  return setmetatable(ngx.req.get_headers(0), nil)
end

local function logged(name, route, asked)
  local var = ngx.var
  var.ifc_function, var.ifc_route, var.ifc_id = name, route, asked.id
  if asked.api then
    var.ifc_api = asked.api.name
  end
end

local function logged_calls()
  local calls = ngx.ctx.ifc_calls
  if calls then
    ngx.var.ifc_calls = json.encode(calls)
  end
end

-- The one value of a header that may have come twice.
local function single(value)
  return type(value) == "table" and value[1] or value
end

-- A text of the control API's; something else where there is none.
local function words(written, otherwise)
  return written and json.kind(written) == "string" and json.decode(written) or otherwise
end

local REFUSALS = { [401] = "Unauthorized", [403] = "Forbidden" }

-- Sends why the control API lets nobody in, or could not be asked.
local function refuse(asked, rest, reply, problem)
  if not reply then
    return answer.refuse(asked, 500, rest and "Internal server error" or "Internal Server Error", problem)
  end
  local status = tonumber(reply.status) or 403
  local message = words(reply.message, REFUSALS[status] or "Internal Server Error")
  local more = {}
  for name, value in pairs(reply.headers and json.members(reply.headers) or {}) do
    more[name] = words(value)
  end
  -- REST APIs spell it so where a policy denies (API Gateway developer guide, Gateway response types).
  local member = rest and find(message, "^User is not authorized") and "Message" or nil
  answer.refuse(asked, status, message, "not let in: " .. words(reply.why, message), more, member)
end

-- Whether the caller may pass, with what the event says of it; sends the refusal otherwise. `what`: see guard.ask.
local function admitted(asked, what)
  local rest = what.protocol == "rest"
  local reply, problem = guard.ask(asked, what)
  if reply and reply.allow == "true" then
    local authorizer, caller = guard.identity(reply, rest)
    ngx.ctx.authorizer = authorizer and json.decode(authorizer)
    return true, authorizer, caller
  end
  refuse(asked, rest, reply, problem)
end

-- The same for a route; without a guard everyone may.
local function admitted_to(asked, route, make)
  if not route.guard then
    return true
  end
  local api = route.api
  return admitted(asked, {
    api = api.name,
    route = route.key,
    protocol = api.rest and "rest" or "http",
    guard = route.guard,
    place = api.id .. "/" .. api.stage,
    event = make(asked, route) .. "}",
  })
end

-- The same for a function's URL.
local function admitted_to_url(asked, name, url)
  if url.auth ~= "iam" then
    return true
  end
  return admitted(asked, {
    api = "",
    route = name,
    protocol = "url",
    guard = '{"scheme":"iam"}',
    place = string.lower(name) .. "/$default",
    event = event.url(asked, name) .. "}",
  })
end

local function send_worker(asked, name, whole, timeout)
  local result, kind, why, raised = worker.call(name, whole, asked.id, timeout)
  if not result then
    if not raised then
      ngx.log(ngx.ERR, why)
    end
    return answer.failed(asked, kind, why)
  end
  answer.result(asked, result)
end

-- The arguments of a function in Lua: the path's, before the query's, before the body's (Spacer).
local function arguments(asked, route)
  local args = {}
  if find(asked.body, "%S") then
    local problem
    args, problem = json.decode(asked.body)
    if args == nil then
      return nil, "the body is no JSON: " .. problem
    elseif args == json.null then
      args = {}
    elseif type(args) ~= "table" then
      return nil, "the body is no JSON object"
    end
    setmetatable(args, nil)
  end
  local parameters, count = request.parameters(asked.query)
  local seen = {}
  for n = 1, count do
    local name, value = parameters[n][1], parameters[n][2]
    if seen[name] then
      args[name] = type(args[name]) == "table" and args[name] or { args[name] }
      args[name][#args[name] + 1] = value
    else
      seen[name], args[name] = true, value
    end
  end
  if route then
    for name, value in pairs(request.path_parameters(route, asked.values) or {}) do
      args[name] = value
    end
  end
  return args
end

local function send_lua(asked, name, route)
  local args, problem = arguments(asked, route)
  if not args then
    ngx.var.ifc_error = problem
    return answer.lua(asked, 400, json.encode({ error = problem }))
  end
  trace.begin()
  local status, body, why = functions.answer(asked.state, name, args)
  logged_calls()
  if ngx.headers_sent then
    return -- the function has answered by itself
  end
  if why then
    ngx.var.ifc_error = text.utf8(why)
  end
  answer.lua(asked, status, body)
end

-- Whether a body fits its schema; a REST API looks at JSON only, which is also what it takes a body without a type for.
local function fits(asked, route)
  local kind = match(string.lower(single(asked.headers["content-type"]) or "application/json"), "^[^;%s]*")
  if not route.schema or kind ~= "application/json" then
    return true
  end
  local _, why = json.decode(asked.body)
  if not why then
    local reply, problem = guard.validate(asked, route)
    if not reply then
      return answer.refuse(asked, 500, "Internal server error", problem)
    elseif reply.valid == "true" then
      return true
    end
    why = words(reply.message, "it does not fit the schema")
  end
  answer.refuse(asked, 400, "Invalid request body", "the body is refused: " .. why)
end

local function missing(asked, group)
  ngx.var.ifc_id = asked.id
  if state.setting("published") then
    return answer.send(404, { ["Content-Type"] = "application/json" }, '{"error":"not found"}')
  end
  local first = group and group.apis[1]
  asked.api = first
  if first and first.rest then
    local more = { ["x-amzn-ErrorType"] = "MissingAuthenticationTokenException" }
    return answer.refuse(asked, 403, "Missing Authentication Token", "no route", more)
  end
  answer.refuse(asked, 404, "Not Found", "no route")
end

-- A page that asks what it may do of an HTTP API, where no route is written for OPTIONS: the gateway answers, after the guard of
-- a route for every method (API Gateway developer guide, Configure CORS for HTTP APIs).
local function asks_http(asked, group, route)
  if route and route.method == "OPTIONS" or not cors.asks(asked.method, asked.headers) then
    return nil
  elseif route then
    return route.api.cors and not route.api.rest and route.api
  end
  for _, api in ipairs(group.apis) do
    if api.cors and not api.rest then
      return api
    end
  end
end

local function serve_route(asked, group)
  local route, values = router.find(group, asked.method, asked.inner)
  asked.headers = headers_of()
  asked.origin = single(asked.headers["origin"])
  local asks = asks_http(asked, group, route)
  if not route and not asks then
    return missing(asked, group)
  end
  local api = asks or route.api
  asked.api, asked.route, asked.values = api, route, values
  if not route then
    logged("", "OPTIONS", asked)
    return answer.preflight(asked, api.cors)
  end
  logged(route.called or "", route.key, asked)
  if route.preflight then
    return answer.preflight(asked, nil, route.preflight)
  end
  local limits, bucket = throttle.of(route)
  if limits and not throttle.passes(bucket, limits) then
    return answer.refuse(asked, 429, "Too Many Requests", "over its limit")
  end
  local known = route["function"]
  if not known then
    return answer.failed(asked, "broken", "there is no function `" .. tostring(route.called) .. "`")
  end
  asked.body = request.body()
  asked.protocol = ngx.var.server_protocol
  local lua, rest = known.language == "lua", api.rest
  local make = rest and event.rest or event.http
  local good, authorizer, caller = admitted_to(asked, route, make)
  if not good then
    return
  elseif asks then
    return answer.preflight(asked, api.cors)
  elseif not fits(asked, route) then
    return
  elseif lua then
    return send_lua(asked, route.called, route)
  end
  local whole = make(asked, route, authorizer, caller) .. event.ending(asked, rest)
  send_worker(asked, route.called, whole, api.timeout)
end

-- --- functions' URLs ---

local function serve_url(asked)
  local name, inner = match(asked.path, "^/_url/([^/]+)(.*)$")
  local known = name and asked.state.functions[name]
  local url = known and type(known.url) == "table" and known.url
  if not url then
    return missing(asked)
  end
  asked.inner = inner == "" and "/" or inner
  asked.headers = headers_of()
  asked.origin = single(asked.headers["origin"])
  asked.cors = type(url.cors) == "table" and url.cors or nil
  logged(name, "url", asked)
  if asked.cors and cors.asks(asked.method, asked.headers) then
    return answer.preflight(asked, asked.cors)
  end
  asked.body = request.body()
  asked.protocol = ngx.var.server_protocol
  local good, authorizer = admitted_to_url(asked, name, url)
  if not good then
    return
  elseif known.language == "lua" then
    return send_lua(asked, name)
  end
  send_worker(asked, name, event.url(asked, name, authorizer) .. event.ending(asked), worker.patience(known))
end

-- --- what nginx calls ---

-- A request that came by TCP.
function M.public()
  local current, problem = state.current()
  if not current then
    ngx.log(ngx.ERR, problem)
    return answer.send(500, { ["Content-Type"] = "application/json" }, '{"message":"Internal Server Error"}')
  end
  local asked = request.of(current)
  if sub(asked.path, 1, 1) ~= "/" then
    return answer.send(400, { ["Content-Type"] = "application/json" }, '{"message":"Bad Request"}')
  end
  if sub(asked.path, 1, 6) == "/_url/" then
    return serve_url(asked)
  end
  local group, inner = router.group(current.groups, asked.path)
  if not group then
    return missing(asked)
  end
  asked.inner = inner
  serve_route(asked, group)
end

local function send(status, body)
  answer.send(status, { ["Content-Type"] = "application/json" }, body)
end

-- A request by the gateway's own socket: POST /NAME calls the function in Lua of that name, the body alone are its arguments;
-- POST /_reload puts what is on disk in force.
function M.internal()
  if ngx.req.get_method() ~= "POST" then
    return send(405, '{"error":"only POST"}')
  end
  local path = match(ngx.var.request_uri, "^[^?]*")
  if path == "/_reload" then
    local version, problem = state.reload()
    return send(version and 200 or 500, json.encode(version and { version = version } or { error = problem }))
  end
  local current, problem = state.current()
  if not current then
    return send(500, json.encode({ error = problem }))
  end
  local name = functions.find(current, sub(path, 2))
  if not name then
    return send(404, '{"error":"not found"}')
  end
  local args
  args, problem = arguments({ body = request.body(), query = "" })
  if not args then
    return send(400, json.encode({ error = problem }))
  end
  trace.begin()
  local status, body = functions.answer(current, name, args)
  if ngx.headers_sent then
    return
  end
  send(status, body)
end

-- The same where the published Spacer calls: by TCP, so what a page in a browser could send is refused.
function M.private()
  local var = ngx.var
  local host = string.lower(var.http_host or "")
  if var.http_origin or not (find(host, "^localhost:?%d*$") or find(host, "^127%.0%.0%.1:?%d*$")) then
    return send(403, '{"error":"not from outside"}')
  end
  if not find(var.request_uri, "^/private/[%w_-][%w_.-]*$") then
    return send(404, '{"error":"not found"}')
  end
  M.internal()
end

return M
