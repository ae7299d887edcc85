-- A request as it came: nothing of it is taken from nginx's own idea of the path, which has `..` and percent signs worked in.

local text = require "ifc_text"

local find, format, sub = string.find, string.format, string.sub
local os_date = os.date

local M = {}

-- A uuid of random hexadecimal digits (RFC 9562, version 4).
local function uuid(digits)
  return format(
    "%s-%s-4%s-%s%s-%s",
    sub(digits, 1, 8),
    sub(digits, 9, 12),
    sub(digits, 14, 16),
    ({ ["0"] = "8", ["1"] = "9", ["2"] = "a", ["3"] = "b" })[format("%x", tonumber(sub(digits, 17, 17), 16) % 4)],
    sub(digits, 18, 20),
    sub(digits, 21, 32)
  )
end

-- The request that is running: method, path and query as they were sent, and its id.
function M.of(state)
  local var = ngx.var
  local uri = var.request_uri or ""
  local mark = find(uri, "?", 1, true)
  local digits = var.request_id
  return {
    state = state,
    method = ngx.req.get_method(),
    path = mark and sub(uri, 1, mark - 1) or uri,
    query = mark and sub(uri, mark + 1) or "",
    digits = digits,
    id = uuid(digits),
    address = var.remote_addr,
    port = var.server_port,
  }
end

local last_second, last_text

-- The time as API Gateway writes it, and in milliseconds.
function M.time()
  local now = ngx.now()
  local second = math.floor(now)
  if second ~= last_second then
    last_second, last_text = second, os_date("!%d/%b/%Y:%H:%M:%S +0000", second)
  end
  return last_text, format("%d", now * 1000)
end

-- The parameters of the query in their order: pairs of a name and a value, decoded.
function M.parameters(query)
  local found, count = {}, 0
  if query == "" then
    return found, 0
  end
  for _, part in ipairs((text.split(query, "&"))) do
    if part ~= "" then
      local mark = find(part, "=", 1, true)
      count = count + 1
      found[count] = {
        text.unescape_query(mark and sub(part, 1, mark - 1) or part),
        mark and text.unescape_query(sub(part, mark + 1)) or "",
      }
    end
  end
  return found, count
end

-- The parameters of the query by name, those of one name with commas between them.
function M.joined(query)
  local parameters, count = M.parameters(query)
  local joined = {}
  for n = 1, count do
    local name, value = parameters[n][1], parameters[n][2]
    joined[name] = joined[name] and joined[name] .. "," .. value or value
  end
  return joined
end

-- The body; "" without one.
function M.body()
  ngx.req.read_body()
  local body = ngx.req.get_body_data()
  if body then
    return body
  end
  local path = ngx.req.get_body_file() -- only where nginx's buffer is smaller than the configuration makes it
  if not path then
    return ""
  end
  local file = assert(io.open(path, "rb"))
  body = file:read("*a")
  file:close()
  return body
end

-- The parameters of the path by name, decoded or as they were sent.
function M.path_parameters(route, values, raw)
  local found, any = {}, false
  for number, name in ipairs(route.names) do
    found[name] = raw and values[number] or text.unescape(values[number])
    any = true
  end
  return any and found or nil
end

return M
