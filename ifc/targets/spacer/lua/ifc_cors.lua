-- Pages of other origins: what API Gateway and functions' URLs answer them.

local json = require "ifc_json"

local find, lower, sub = string.find, string.lower, string.sub
local concat, sort = table.concat, table.sort

local M = {}

local METHODS = { "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT" }

local function listed(values)
  if values == nil or values == json.null or #values == 0 then
    return nil
  end
  return values
end

-- The origin that an answer names; nil for one that is not let in. `https://*` and `http://*` let in all of a scheme
-- (API Gateway developer guide, Configure CORS for HTTP APIs).
local function origin_of(rules, origin)
  for _, one in ipairs(listed(rules.origins) or {}) do
    if one == "*" then
      return "*"
    elseif lower(one) == lower(origin) then
      return origin
    elseif (one == "https://*" or one == "http://*") and lower(sub(origin, 1, #one - 1)) == sub(one, 1, -2) then
      return origin
    end
  end
end

-- Whether a request asks what a page may do; without these headers nobody does.
function M.asks(method, headers)
  return method == "OPTIONS" and headers["origin"] and headers["access-control-request-method"] and true
end

-- The headers that every answer gets to a page of another origin.
function M.headers(rules, origin)
  local allowed = origin and origin_of(rules, origin)
  if not allowed then
    return {}
  end
  local found = { ["Access-Control-Allow-Origin"] = allowed }
  if rules.credentials == true then
    found["Access-Control-Allow-Credentials"] = "true"
  end
  local expose = listed(rules.expose)
  if expose then
    found["Access-Control-Expose-Headers"] = concat(expose, ",")
  end
  return found
end

local function every_method(methods)
  for _, method in ipairs(methods) do
    if method == "*" or method == "ANY" or method == "DEFAULT" then
      return true
    end
  end
end

-- The headers, with how long a browser may remember them.
local function aged(found, rules)
  if type(rules.maxAge) == "number" then
    found["Access-Control-Max-Age"] = tostring(rules.maxAge)
  end
  return found
end

-- The headers of the answer to a page that asks.
function M.preflight(rules, origin)
  local found = M.headers(rules, origin)
  if not next(found) then
    return found
  end
  found["Access-Control-Expose-Headers"] = nil
  local methods = listed(rules.methods)
  if methods then
    found["Access-Control-Allow-Methods"] = concat(every_method(methods) and METHODS or methods, ",")
  end
  local headers = listed(rules.headers)
  if headers then
    found["Access-Control-Allow-Headers"] = concat(headers, ",")
  end
  return aged(found, rules)
end

-- The same for a path of a REST API, whose answer is fixed text; `methods` is a set of those at the path.
function M.fixed(rules, methods)
  local found = M.named(rules)
  local names = listed(rules.methods)
  if not names then
    names = {}
    for method in pairs(methods) do
      names[#names + 1] = method
    end
  end
  local allowed, seen = {}, {}
  for _, method in ipairs(every_method(names) and METHODS or names) do
    allowed[#allowed + 1], seen[method] = method, true
  end
  if not seen.OPTIONS then
    allowed[#allowed + 1] = "OPTIONS"
  end
  sort(allowed)
  found["Access-Control-Allow-Methods"] = concat(allowed, ",")
  local headers = {}
  for _, header in ipairs(listed(rules.headers) or {}) do
    headers[#headers + 1] = header
  end
  sort(headers)
  if #headers > 0 then
    found["Access-Control-Allow-Headers"] = concat(headers, ",")
  end
  return aged(found, rules)
end

-- What a REST API adds to its own errors, whoever asks.
function M.named(rules)
  local found = { ["Access-Control-Allow-Origin"] = (listed(rules.origins) or { "*" })[1] }
  if rules.credentials == true then
    found["Access-Control-Allow-Credentials"] = "true"
  end
  return found
end

-- Whether a function's header is one that an HTTP API with CORS sends itself ("API Gateway ignores CORS headers returned from
-- your backend integration").
function M.owns(name)
  return find(lower(name), "^access%-control%-") ~= nil
end

return M
