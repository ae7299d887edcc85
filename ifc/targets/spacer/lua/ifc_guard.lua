-- Who may call a route, and with what body: the process that started nginx knows tokens, identities, functions that authorize,
-- and schemas.

local http = require "ifc_http"
local json = require "ifc_json"
local request = require "ifc_request"
local state = require "ifc_state"
local text = require "ifc_text"

local concat = table.concat
local quote = text.quote

local M = {}

local TIMEOUT = 31 -- seconds: a function that authorizes has as long as any behind an API

-- The answer of the control API to a question, as its members; nil and why there is none.
local function asked_of_control(path, question)
  local control = state.setting("control")
  if not control then
    return nil, "checks need `ifc local`: this gateway runs without it"
  end
  local answer, problem = http.post(control, path, { ["Content-Type"] = "application/json" }, question, { timeout = TIMEOUT, keep = true })
  if not answer then
    return nil, "no answer from the control API: " .. problem
  end
  local members = answer.status == 200 and json.members(answer.body)
  if not members then
    return nil, "the control API answered " .. answer.status
  end
  return members
end

local function object(values)
  local parts = {}
  for name, value in pairs(values) do
    parts[#parts + 1] = quote(name) .. ":" .. quote(type(value) == "table" and concat(value, ",") or value)
  end
  return "{" .. concat(parts, ",") .. "}"
end

-- The ARN of what is called (API Gateway developer guide, Control access: execute-api).
local function arn(asked, place)
  return "arn:aws:execute-api:" .. asked.state.region .. ":" .. asked.state.account .. ":" .. place .. "/" .. asked.method .. asked.inner
end

-- Asks whether the caller may pass: `what` has api, route and protocol, guard (as JSON), place (of the ARN) and event (the whole
-- of it, as JSON, without the body). The answer's members as text: allow and context, or status, message and headers.
function M.ask(asked, what)
  return asked_of_control(
    "/authorize",
    concat({
      '{"api":' .. quote(what.api),
      '"route":' .. quote(what.route),
      '"protocol":' .. quote(what.protocol),
      '"guard":' .. what.guard,
      '"arn":' .. quote(arn(asked, what.place)),
      '"method":' .. quote(asked.method),
      '"path":' .. quote(asked.path),
      '"query":' .. object(request.joined(asked.query)),
      '"headers":' .. object(asked.headers),
      '"sourceIp":' .. quote(asked.address),
      '"requestId":' .. quote(asked.id),
      '"event":' .. what.event .. "}",
    }, ",")
  )
end

-- What the event says of a caller that was let in: `authorizer`, as JSON, and for REST APIs the members of an IAM identity.
function M.identity(answer, rest)
  local context = answer.context ~= "null" and answer.context or nil
  local caller = rest and context and json.members(context).iam
  if caller then
    return nil, json.members(caller)
  end
  return context
end

-- Whether a body fits the schema of its route; its members as text: valid and message.
function M.validate(asked, route)
  return asked_of_control(
    "/validate",
    '{"api":' .. quote(route.api.name) .. ',"route":' .. quote(route.key) .. ',"schema":' .. route.schema .. ',"body":' .. asked.body .. "}"
  )
end

return M
