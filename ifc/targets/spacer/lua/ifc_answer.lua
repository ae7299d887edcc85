-- What callers get: the results of functions as HTTP, and the gateway's own answers.

local cors = require "ifc_cors"
local json = require "ifc_json"
local text = require "ifc_text"

local find, gsub, lower, match, sub = string.find, string.gsub, string.lower, string.match, string.sub

local M = {}

-- What would break the connection, or is said by nginx itself.
local DROPPED = {
  connection = true,
  ["content-length"] = true,
  ["keep-alive"] = true,
  ["proxy-connection"] = true,
  te = true,
  trailer = true,
  ["transfer-encoding"] = true,
  upgrade = true,
}
-- What a REST API passes on under another name (API Gateway developer guide, Important notes: x-amzn-Remapped-…).
local REMAPPED = {
  authorization = true,
  connection = true,
  ["content-length"] = true,
  ["content-md5"] = true,
  date = true,
  host = true,
  server = true,
  ["www-authenticate"] = true,
}

-- By these nginx would make 304 or 412 of an answer in full.
local CONDITIONS = { "If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since" }

-- Sends an answer; header values are texts or lists of texts.
function M.send(status, headers, body)
  ngx.status = status
  local out = ngx.header
  for name, value in pairs(headers) do
    out[name] = type(value) == "table" and lower(name) == "content-type" and value[#value] or value
  end
  if out["ETag"] or out["Last-Modified"] then
    for _, name in ipairs(CONDITIONS) do
      ngx.req.clear_header(name)
    end
  end
  if status == 204 or status == 304 then
    ngx.send_headers()
    return
  end
  out["Content-Length"] = #body
  ngx.print(body)
end

-- The headers by which each kind of API says which request it was.
local function stamped(asked, headers)
  local api = asked.api
  if api and api.rest then
    headers["x-amzn-RequestId"] = asked.id
    headers["x-amz-apigw-id"] = ngx.encode_base64(sub(asked.digits, 1, 11))
  elseif api then
    headers["Apigw-Requestid"] = asked.id
  else
    headers["x-amzn-RequestId"] = asked.id
  end
  return headers
end

local function add_cors(asked, headers, own_error)
  local rules = asked.api and asked.api.cors or asked.cors
  if not rules then
    return
  end
  local rest = asked.api and asked.api.rest
  if rest and not own_error then
    return
  end
  for name, value in pairs(rest and cors.named(rules) or cors.headers(rules, asked.origin)) do
    headers[name] = value
  end
end

-- An answer of the gateway's own; `why` is for the log only, `more` are further headers.
function M.refuse(asked, status, message, why, more, member)
  local headers = stamped(asked, { ["Content-Type"] = "application/json" })
  add_cors(asked, headers, true)
  for name, value in pairs(more or {}) do
    headers[name] = value
  end
  if why then
    ngx.var.ifc_error = text.utf8(why)
  end
  M.send(status, headers, '{"' .. (member or "message") .. '":' .. text.quote(message) .. "}")
end

-- How each kind of API says that no answer came of a function: HTTP API, REST API, URL.
local FAILED = {
  broken = { { 500, "Internal Server Error" }, { 502, "Internal server error" }, { 502, "Internal Server Error" } },
  late = { { 503, "Service Unavailable" }, { 504, "Endpoint request timed out" }, { 504, "Gateway Timeout" } },
  busy = { { 503, "Service Unavailable" }, { 500, "Internal server error" }, { 429, "Too Many Requests" } },
  large = { { 413, "Request Entity Too Large" }, { 413, "Request Too Long" }, { 413, "Request Entity Too Large" } },
}

-- The answer where a function gave none: `kind` is broken, late, busy or large.
function M.failed(asked, kind, why)
  local rest = asked.api and asked.api.rest
  local said = FAILED[kind][rest and 2 or asked.api and 1 or 3]
  local ours = rest and (kind == "broken" or kind == "busy")
  M.refuse(asked, said[1], said[2], why, ours and { ["x-amzn-ErrorType"] = "InternalServerErrorException" })
end

-- --- results of functions ---

-- A header's value, which may be written as a text, a number or a truth; nil for what is none.
local function header_value(written)
  local kind = json.kind(written)
  if kind == "null" or kind == "object" or kind == "array" then
    return nil
  end
  local value = kind == "string" and json.decode(written) or written
  return value and not find(value, "[%z\1-\8\10-\31\127]") and value or nil
end

local function is_name(name)
  return find(name, "^[%w!#$%%&'*+.^_`|~-]+$") ~= nil
end

-- The status of a result: a whole number, or a text with one; nil for what is none.
local function status_of(written)
  if json.kind(written) == "string" then
    written = json.decode(written)
  end
  local digits = match(written or "", "^%d%d%d$")
  local status = digits and tonumber(digits)
  return status and status >= 200 and status <= 599 and status or nil
end

local function truth(written)
  return written == "true"
end

local function given(written)
  return written ~= nil and written ~= "null"
end

-- The body of a result as bytes, "" for none; nil where it is no text.
local function body_of(written, encoded)
  if not given(written) then
    return ""
  elseif json.kind(written) ~= "string" then
    return nil
  end
  local body = json.decode(written)
  if encoded and body then
    return ngx.decode_base64((gsub(body, "%s", "")))
  end
  return body
end

-- Adds the headers of a result, by the names that `keep` gives them; whether they are headers.
local function take_headers(written, into, keep)
  if not given(written) then
    return true
  end
  local members = json.members(written)
  for name, one in pairs(members or {}) do
    if one ~= "null" then
      local value = is_name(name) and header_value(one)
      if not value then
        return false
      end
      local sent = keep(name)
      if sent then
        into[#into + 1] = { sent, value }
      end
    end
  end
  return members ~= nil
end

-- The same for lists of values, as REST APIs take them: `multiValueHeaders`.
local function take_lists(written, into, keep)
  if not given(written) then
    return true
  end
  local members = json.members(written)
  for name, one in pairs(members or {}) do
    local values = one == "null" and {} or json.kind(one) == "array" and json.decode(one)
    if not values or not is_name(name) then
      return false
    end
    local sent = keep(name)
    for _, listed in ipairs(values) do
      local value = header_value(type(listed) == "table" and "null" or json.encode(listed))
      if not value then
        return false
      end
      if sent then
        into[#into + 1] = { sent, value }
      end
    end
  end
  return members ~= nil
end

-- The same for `cookies`, of which each becomes a header of its own.
local function take_cookies(written, into)
  if not given(written) then
    return true
  end
  local cookies = json.kind(written) == "array" and json.decode(written)
  for _, cookie in ipairs(cookies or {}) do
    local value = type(cookie) == "string" and header_value(text.quote(cookie))
    if not value then
      return false
    end
    into[#into + 1] = { "Set-Cookie", value }
  end
  return cookies and true
end

-- The headers by name, equal ones together.
local function joined(list)
  local headers, names = {}, {}
  for _, one in ipairs(list) do
    local known = lower(one[1])
    local name = names[known] or one[1]
    names[known] = name
    local before = headers[name]
    if before == nil then
      headers[name] = one[2]
    elseif type(before) == "table" then
      before[#before + 1] = one[2]
    else
      headers[name] = { before, one[2] }
    end
  end
  return headers, names
end

-- Sends a result in payload format 2.0 (API Gateway developer guide, Create AWS Lambda proxy integrations for HTTP APIs): with
-- a status it is an answer; without one all of it is the body, byte for byte.
local function send_2(asked, result)
  local kind = json.kind(result)
  local fields = kind == "object" and json.members(result)
  if kind == "object" and not fields then
    return M.failed(asked, "broken", "the function's answer is no JSON")
  end
  if not fields or not fields.statusCode then
    if fields and fields.errorMessage then -- as if the function had failed (seen of API Gateway)
      return M.failed(asked, "broken", "the function's answer has an `errorMessage`")
    end
    local body = kind == "string" and json.decode(result) or result
    local headers = stamped(asked, { ["Content-Type"] = "application/json" })
    add_cors(asked, headers)
    return M.send(200, headers, body)
  end
  local rules = asked.api and asked.api.cors
  local function keep(name)
    return not DROPPED[lower(name)] and not (rules and cors.owns(name)) and name
  end
  local list = {}
  local status, body = status_of(fields.statusCode), body_of(fields.body, truth(fields.isBase64Encoded))
  local wrong = not status and "`statusCode` is no status"
    or not body and "`body` is no text" .. (truth(fields.isBase64Encoded) and " in base64" or "")
    or not take_headers(fields.headers, list, keep) and "`headers` are no headers"
    or not take_cookies(fields.cookies, list) and "`cookies` are no list of texts"
  if wrong then
    return M.failed(asked, "broken", "in the function's answer " .. wrong)
  end
  local headers, names = joined(list)
  if not names["content-type"] and body ~= "" then
    headers["Content-Type"] = "text/plain; charset=utf-8"
  end
  stamped(asked, headers)
  add_cors(asked, headers)
  M.send(status, headers, body)
end

local PARTS_1 = { statusCode = true, headers = true, multiValueHeaders = true, body = true, isBase64Encoded = true }

-- Sends a result in payload format 1.0; a REST API refuses what has other members (seen of API Gateway: malformed answers).
local function send_1(asked, result)
  local fields = json.kind(result) == "object" and json.members(result)
  if not fields then
    return M.failed(asked, "broken", "the function's answer is no object")
  end
  for name in pairs(fields) do
    if not PARTS_1[name] then
      return M.failed(asked, "broken", "the function's answer has `" .. name .. "`, which is no part of an answer")
    end
  end
  local function keep(name)
    local known = lower(name)
    return REMAPPED[known] and "x-amzn-Remapped-" .. name or not DROPPED[known] and name
  end
  local list = {}
  local status = not given(fields.statusCode) and 200 or status_of(fields.statusCode)
  local body = body_of(fields.body) -- base64 goes out as it is: no type of a REST API of ours is binary
  local wrong = not status and "`statusCode` is no status"
    or not body and "`body` is no text"
    or not take_lists(fields.multiValueHeaders, list, keep) and "`multiValueHeaders` are no lists of headers"
    or not take_headers(fields.headers, list, keep) and "`headers` are no headers"
  if wrong then
    return M.failed(asked, "broken", "in the function's answer " .. wrong)
  end
  local headers, names = joined(list)
  if not names["content-type"] then
    headers["Content-Type"] = "application/json"
  end
  M.send(status, stamped(asked, headers), body)
end

-- Sends what a function in Python or Node returned.
function M.result(asked, result)
  if not find(result, "%S") then
    return M.failed(asked, "broken", "the function's answer is empty")
  end
  return (asked.api and asked.api.rest and send_1 or send_2)(asked, result)
end

-- Sends the answer to a page that asks what it may do: by the rules of an HTTP API or a URL, or the fixed one of a REST API.
function M.preflight(asked, rules, fixed)
  local headers = {}
  for name, value in pairs(fixed or cors.preflight(rules, asked.origin)) do
    headers[name] = value
  end
  M.send(204, stamped(asked, headers), "")
end

-- Sends what a function in Lua returned, as Spacer does: { data = … } or { error = … }.
function M.lua(asked, status, body)
  local headers = stamped(asked, { ["Content-Type"] = "application/json" })
  add_cors(asked, headers)
  M.send(status, headers, body)
end

return M
