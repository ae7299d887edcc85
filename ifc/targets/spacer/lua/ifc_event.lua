-- Events for functions in Python and Node, as API Gateway and functions' URLs make them. They are written as text, piece by
-- piece: tables in between would cost more than all the rest of a request.

local request = require "ifc_request"
local text = require "ifc_text"
local trace = require "ifc_trace"

local find, lower, match, sub = string.find, string.lower, string.match, string.sub
local concat = table.concat
local quote, split, trimmed = text.quote, text.split, text.trimmed

local M = {}

-- What is between two hosts only (RFC 9110, 7.6.1) is no part of an event, and what API Gateway says itself is not taken over.
local OWN = {
  connection = true,
  ["content-length"] = true,
  ["keep-alive"] = true,
  ["proxy-connection"] = true,
  te = true,
  ["transfer-encoding"] = true,
  upgrade = true,
  ["x-forwarded-for"] = true,
  ["x-forwarded-port"] = true,
  ["x-forwarded-proto"] = true,
}

local function forwarded(sent, asked)
  if type(sent) == "table" then
    sent = concat(sent, ", ")
  end
  return sent and sent .. ", " .. asked.address or asked.address
end

local function members(pairs_of, parts)
  local first = true
  parts[#parts + 1] = "{"
  for name, value in pairs(pairs_of) do
    parts[#parts + 1] = (first and "" or ",") .. quote(name) .. ":" .. quote(value)
    first = false
  end
  parts[#parts + 1] = "}"
end

-- --- payload format 2.0 ---

-- The headers in lower case, duplicates joined by commas; cookies are a list of their own.
local function headers_2(asked, parts)
  local headers, cookies = asked.headers, nil
  parts[#parts + 1] = '"headers":{"x-forwarded-for":' .. quote(forwarded(headers["x-forwarded-for"], asked))
  parts[#parts + 1] = ',"x-forwarded-port":"' .. asked.port .. '","x-forwarded-proto":"http"'
  parts[#parts + 1] = ',"content-length":"' .. #asked.body .. '"'
  if not headers["x-amzn-trace-id"] then
    parts[#parts + 1] = ',"x-amzn-trace-id":"' .. "Root=" .. trace.root() .. '"'
  end
  for name, value in pairs(headers) do
    if name == "cookie" then
      cookies = type(value) == "table" and concat(value, ";") or value
    elseif not OWN[name] then
      parts[#parts + 1] = "," .. quote(name) .. ":" .. quote(type(value) == "table" and concat(value, ",") or value)
    end
  end
  parts[#parts + 1] = "}"
  if cookies then
    local separator = ',"cookies":['
    for _, cookie in ipairs((split(cookies, ";"))) do
      cookie = trimmed(cookie)
      if cookie ~= "" then
        parts[#parts + 1] = separator .. quote(cookie)
        separator = ","
      end
    end
    if separator == "," then
      parts[#parts + 1] = "]"
    end
  end
end

local function query_2(asked, parts)
  local joined = request.joined(asked.query)
  if next(joined) then
    parts[#parts + 1] = ',"queryStringParameters":'
    members(joined, parts)
  end
end

-- Which bodies are text to an HTTP API; a form is not (seen of API Gateway, payload format 2.0).
local function is_text(content_type)
  local kind = type(content_type) == "string" and lower(match(content_type, "^[^;%s]*")) or ""
  return find(kind, "^text/") or kind == "application/json" or kind == "application/xml" or kind == "application/javascript"
end

-- The body and whether it is in base64, as they end an event.
local function body_2(asked)
  local body = asked.body
  if body == "" then
    return ',"isBase64Encoded":false}'
  elseif is_text(asked.headers["content-type"]) and text.is_utf8(body) then
    return ',"body":' .. quote(body) .. ',"isBase64Encoded":false}'
  end
  return ',"body":"' .. ngx.encode_base64(body) .. '","isBase64Encoded":true}'
end

-- Where a page or a client reached us.
local function host(asked)
  local sent = asked.headers["host"]
  return type(sent) == "string" and sent or ""
end

local function agent(asked)
  local sent = asked.headers["user-agent"]
  return type(sent) == "table" and sent[1] or sent
end

local function context_2(asked, parts, account, api, key, authorizer, path)
  local written, epoch = request.time()
  parts[#parts + 1] = ',"requestContext":{"accountId":"' .. account .. '","apiId":' .. api
  if authorizer then
    parts[#parts + 1] = ',"authorizer":' .. authorizer
  end
  parts[#parts + 1] = ',"domainName":' .. quote(host(asked)) .. ',"domainPrefix":' .. api
  parts[#parts + 1] = ',"http":{"method":' .. quote(asked.method) .. ',"path":' .. path .. ',"protocol":"' .. asked.protocol
  parts[#parts + 1] = '","sourceIp":"' .. asked.address .. '","userAgent":' .. quote(agent(asked) or "") .. "}"
  parts[#parts + 1] = ',"requestId":"' .. asked.id .. '","routeKey":' .. key .. ',"stage":"$default","time":"' .. written
  parts[#parts + 1] = '","timeEpoch":' .. epoch .. "}"
end

-- The event of an HTTP API, without its body and its last brace; the path is decoded (seen of API Gateway).
function M.http(asked, route, authorizer)
  local path = quote(text.unescape(asked.inner))
  local parts = { '{"version":"2.0","routeKey":', route.key_json, ',"rawPath":', path, ',"rawQueryString":', quote(asked.query), "," }
  headers_2(asked, parts)
  query_2(asked, parts)
  context_2(asked, parts, asked.state.account, quote(route.api.id), route.key_json, authorizer, path)
  local named = request.path_parameters(route, asked.values)
  if named then
    parts[#parts + 1] = ',"pathParameters":'
    members(named, parts)
  end
  return concat(parts)
end

-- The event of a function's URL, likewise; the path is as it was sent.
function M.url(asked, name, authorizer)
  local path, id = quote(asked.inner), quote(lower(name))
  local parts = { '{"version":"2.0","routeKey":"$default","rawPath":', path, ',"rawQueryString":', quote(asked.query), "," }
  headers_2(asked, parts)
  query_2(asked, parts)
  context_2(asked, parts, authorizer and asked.state.account or "anonymous", id, '"$default"', authorizer, path)
  return concat(parts)
end

-- --- payload format 1.0 ---

-- The headers as they were sent, the last value of each and all of them.
local function headers_1(asked, parts)
  local one, many = {}, {}
  local sent = asked.headers["x-forwarded-for"]
  for name, value in pairs(ngx.req.get_headers(0, true)) do
    if not OWN[lower(name)] then
      local all = type(value) == "table" and value or { value }
      one[name], many[name] = all[#all], all
    end
  end
  local function add(name, value)
    one[name], many[name] = value, { value }
  end
  add("X-Forwarded-For", forwarded(sent, asked))
  add("X-Forwarded-Port", asked.port)
  add("X-Forwarded-Proto", "http")
  if not asked.headers["x-amzn-trace-id"] then
    add("X-Amzn-Trace-Id", "Root=" .. trace.root())
  end
  parts[#parts + 1] = ',"headers":'
  members(one, parts)
  return many
end

local function lists(name, many, parts)
  parts[#parts + 1] = ',"' .. name .. '":'
  local separator = "{"
  for key, values in pairs(many) do
    local written = {}
    for n, value in ipairs(values) do
      written[n] = quote(value)
    end
    parts[#parts + 1] = separator .. quote(key) .. ":[" .. concat(written, ",") .. "]"
    separator = ","
  end
  parts[#parts + 1] = separator == "{" and "{}" or "}"
end

local function query_1(asked, parts)
  local parameters, count = request.parameters(asked.query)
  if count == 0 then
    parts[#parts + 1] = ',"queryStringParameters":null,"multiValueQueryStringParameters":null'
    return
  end
  local one, many = {}, {}
  for n = 1, count do
    local name, value = parameters[n][1], parameters[n][2]
    one[name] = value
    many[name] = many[name] or {}
    many[name][#many[name] + 1] = value
  end
  parts[#parts + 1] = ',"queryStringParameters":'
  members(one, parts)
  lists("multiValueQueryStringParameters", many, parts)
end

local function identity(asked, caller)
  local function field(name, value)
    return '"' .. name .. '":' .. (value or "null")
  end
  local sent = agent(asked)
  return concat({
    "{" .. field("accessKey", caller.accessKey),
    field("accountId", caller.accountId),
    field("caller", caller.callerId),
    field("cognitoAuthenticationProvider"),
    field("cognitoAuthenticationType"),
    field("cognitoIdentityId"),
    field("cognitoIdentityPoolId"),
    field("principalOrgId", caller.principalOrgId),
    field("sourceIp", quote(asked.address)),
    field("user", caller.userId),
    field("userAgent", sent and quote(sent)),
    field("userArn", caller.userArn) .. "}",
  }, ",")
end

-- A short name for something of a REST API that has a random one on AWS.
local function short(of)
  return sub(ngx.md5(of), 1, 6)
end

-- The event of a REST API, without its body and its last brace; `caller` are the members of an IAM identity as text.
function M.rest(asked, route, authorizer, caller)
  local api, state = route.api, asked.state
  local written, epoch = request.time()
  local path, id = quote(asked.inner), quote(api.id)
  local parts = { '{"resource":', quote(route.path), ',"path":', path, ',"httpMethod":', quote(asked.method) }
  local many = headers_1(asked, parts)
  lists("multiValueHeaders", many, parts)
  query_1(asked, parts)
  parts[#parts + 1] = ',"pathParameters":'
  local named = request.path_parameters(route, asked.values, true)
  if named then
    members(named, parts)
  else
    parts[#parts + 1] = "null"
  end
  parts[#parts + 1] = ',"stageVariables":null,"requestContext":{"accountId":"' .. state.account .. '","apiId":' .. id
  if authorizer then
    parts[#parts + 1] = ',"authorizer":' .. authorizer
  end
  parts[#parts + 1] = ',"deploymentId":"' .. short(api.name) .. '","domainName":' .. quote(host(asked)) .. ',"domainPrefix":' .. id
  parts[#parts + 1] = ',"extendedRequestId":"' .. ngx.encode_base64(sub(asked.digits, 1, 11)) .. '","httpMethod":' .. quote(asked.method)
  parts[#parts + 1] = ',"identity":' .. identity(asked, caller or {}) .. ',"path":' .. quote("/" .. api.stage .. asked.inner)
  parts[#parts + 1] = ',"protocol":"' .. asked.protocol .. '","requestId":"' .. asked.id .. '","requestTime":"' .. written
  parts[#parts + 1] = '","requestTimeEpoch":' .. epoch .. ',"resourceId":"' .. short(route.path) .. '","resourcePath":' .. quote(route.path)
  parts[#parts + 1] = ',"stage":' .. quote(api.stage) .. "}"
  return concat(parts)
end

-- The end of an event, with the body: a REST API without binary types takes every body as text.
function M.ending(asked, rest)
  if not rest then
    return body_2(asked)
  end
  return ',"body":' .. (asked.body == "" and "null" or quote(asked.body)) .. ',"isBase64Encoded":false}'
end

return M
