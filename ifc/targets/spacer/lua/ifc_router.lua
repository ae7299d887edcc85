-- Which route takes a request: API Gateway's rules for HTTP APIs and for REST APIs.

local cors = require "ifc_cors"
local json = require "ifc_json"
local text = require "ifc_text"

local byte, find, match, sub = string.byte, string.find, string.match, string.sub
local concat, sort = table.concat, table.sort

local M = {}

-- Seconds that a function has behind an API (API Gateway developer guide, Quotas).
local HTTP_TIMEOUT, REST_TIMEOUT = 30, 29

local METHODS = { GET = true, POST = true, PUT = true, PATCH = true, DELETE = true, HEAD = true, OPTIONS = true }

local function given(value)
  if value ~= nil and value ~= json.null then
    return value
  end
end

-- --- once ---

local function node_of(tree, path)
  local node, names = tree, {}
  local rest = sub(path, 2)
  if rest == "" then
    return node, names
  end
  for _, segment in ipairs((text.split(rest, "/"))) do
    local name, greedy = match(segment, "^{([^{}+]+)(%+?)}$")
    local key = not name and text.unescape(segment) or nil
    if name then
      names[#names + 1] = name
    end
    local next_node
    if greedy == "+" then
      node.greedy = node.greedy or { literal = {}, methods = {} }
      next_node = node.greedy
    elseif name then
      node.variable = node.variable or { literal = {}, methods = {} }
      next_node = node.variable
    else
      node.literal[key] = node.literal[key] or { literal = {}, methods = {} }
      next_node = node.literal[key]
    end
    node = next_node
  end
  return node, names
end

-- A REST API answers preflight requests by a method of its own at each path that has none.
local function preflights(api)
  local methods, paths = {}, {}
  for _, route in ipairs(api.routes) do
    if not methods[route.path] then
      methods[route.path] = {}
      paths[#paths + 1] = route.path
    end
    methods[route.path][route.method] = true
  end
  for _, path in ipairs(paths) do
    local node, names = node_of(api.tree, path)
    if not node.methods.OPTIONS then
      local key = "OPTIONS " .. path
      local answer = cors.fixed(api.cors, methods[path])
      node.methods.OPTIONS = { api = api, method = "OPTIONS", path = path, key = key, names = names, preflight = answer }
    end
  end
end

local function made(name, api, functions)
  local rest = api.protocol == "rest"
  local one = {
    name = name,
    rest = rest,
    id = given(api.id) or name,
    base = given(api.base) or "",
    cors = given(api.cors),
    throttle = given(api.throttle),
    stage = given(api.stage) or "dev",
    timeout = given(api.timeout) or rest and REST_TIMEOUT or HTTP_TIMEOUT,
    tree = { literal = {}, methods = {} },
    routes = {},
  }
  for number, written in ipairs(given(api.routes) or {}) do
    local default = written.method == "DEFAULT"
    local key = default and "$default" or written.method .. " " .. written.path
    local guard = given(written.guard)
    local route = {
      api = one,
      number = number,
      method = written.method,
      path = default and "$default" or written.path,
      key = key,
      key_json = text.quote(key),
      called = written["function"],
      ["function"] = functions[written["function"]],
      guard = guard and guard.scheme ~= "none" and json.encode(guard) or nil,
      throttle = given(written.throttle),
      schema = given(written.schema) and json.encode(written.schema),
      names = {},
    }
    one.routes[number] = route
    if default then
      one.default = route
    else
      local node
      node, route.names = node_of(one.tree, written.path)
      node.methods[written.method] = route
    end
  end
  if rest and one.cors then
    preflights(one)
  end
  return one
end

-- The apis, those with the longest base first; apis with the same base stand together, by name.
function M.groups(apis, functions)
  local by_base, groups, names = {}, {}, {}
  for name in pairs(apis) do
    names[#names + 1] = name
  end
  sort(names)
  for _, name in ipairs(names) do
    local api = made(name, apis[name], functions)
    local group = by_base[api.base]
    if not group then
      group = { base = api.base, apis = {} }
      by_base[api.base] = group
      groups[#groups + 1] = group
    end
    group.apis[#group.apis + 1] = api
  end
  sort(groups, function(a, b)
    if #a.base ~= #b.base then
      return #a.base > #b.base
    end
    return a.base < b.base
  end)
  return groups
end

-- --- for each request ---

local function segments_of(path, rest)
  local inner = sub(path, 2)
  if rest then -- a REST API answers /orders/ like /orders
    local last = #inner
    while byte(inner, last) == 47 do
      last = last - 1
    end
    inner = sub(inner, 1, last)
  end
  if inner == "" then
    return {}, 0
  end
  return text.split(inner, "/")
end

local function method_of(node, method)
  return node.methods[method] or METHODS[method] and node.methods.ANY
end

local function literal_of(node, segment)
  return node.literal[find(segment, "%", 1, true) and text.unescape(segment) or segment]
end

-- What is left of the path, for `{name+}`; it takes at least one character (seen of both protocols).
local function remainder(segments, from, count)
  if from > count or from == count and segments[from] == "" then
    return nil
  end
  return concat(segments, "/", from, count)
end

-- A route for all segments; at each of them text wins over `{name}`, and with `greedy` that over `{name+}`.
-- Where the better path has no such method the next one gets the request (seen of REST APIs).
local function full(node, method, segments, at, count, values, greedy)
  if at > count then
    return method_of(node, method)
  end
  local segment = segments[at]
  local next_node = literal_of(node, segment)
  local found = next_node and full(next_node, method, segments, at + 1, count, values, greedy)
  if not found and node.variable and segment ~= "" then
    local number = #values + 1
    values[number] = segment
    found = full(node.variable, method, segments, at + 1, count, values, greedy)
    if not found then
      values[number] = nil
    end
  end
  if not found and greedy and node.greedy then
    local left = remainder(segments, at, count)
    found = left and method_of(node.greedy, method)
    if found then
      values[#values + 1] = left
    end
  end
  return found
end

-- The route with `{name+}` whose path is the longest, for the method as it is written.
local function longest(node, method, segments, at, count, values)
  local found
  if at <= count then
    local segment = segments[at]
    local next_node = literal_of(node, segment)
    found = next_node and longest(next_node, method, segments, at + 1, count, values)
    if not found and node.variable and segment ~= "" then
      local number = #values + 1
      values[number] = segment
      found = longest(node.variable, method, segments, at + 1, count, values)
      if not found then
        values[number] = nil
      end
    end
  end
  if not found and node.greedy then
    local left = remainder(segments, at, count)
    found = left and node.greedy.methods[method]
    if found then
      values[#values + 1] = left
    end
  end
  return found
end

-- The route, the values of its parameters as they were sent, and how well it fits (1 is best).
-- HTTP APIs (API Gateway developer guide, Create routes for HTTP APIs): all of the path, then {name+}, then $default.
-- REST APIs (Set up a method request): what is written at a place of the path wins over a parameter there.
local function within(api, method, segments, count)
  local values = {}
  if api.rest then
    local found = full(api.tree, method, segments, 1, count, values, true)
    return found, values, 1
  end
  local found = full(api.tree, method, segments, 1, count, values)
  if found then
    return found, values, 1
  end
  found = longest(api.tree, method, segments, 1, count, values)
  if not found and METHODS[method] then
    found = longest(api.tree, "ANY", segments, 1, count, values)
  end
  if found then
    return found, values, 2
  end
  return METHODS[method] and api.default, values, 3
end

-- The group of apis that a path belongs to, and the path within it.
function M.group(groups, path)
  for _, group in ipairs(groups) do
    local base = group.base
    if base == "" then
      return group, path
    elseif path == base then
      return group, "/"
    elseif sub(path, 1, #base + 1) == base .. "/" then
      return group, sub(path, #base + 1)
    end
  end
end

-- The route of a group for a request, and the values of its parameters.
function M.find(group, method, path)
  local best, best_values, best_rank
  for _, api in ipairs(group.apis) do
    local segments, count = segments_of(path, api.rest)
    local found, values, rank = within(api, method, segments, count)
    if found and (not best or rank < best_rank) then
      best, best_values, best_rank = found, values, rank
    end
  end
  return best, best_values
end

return M
