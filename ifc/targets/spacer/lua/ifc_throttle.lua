-- Limits of requests: a bucket of `burst` tokens that fills by `rate` a second. Two workers that look into a bucket at the same
-- moment may let one request too many pass; API Gateway's limits are targets too (developer guide, Throttle requests).

local format, match = string.format, string.match
local shared = ngx.shared.ifc

local M = {}

-- Whether the bucket has a token for one more request.
function M.passes(name, limits)
  local rate, burst = tonumber(limits.rate) or 0, tonumber(limits.burst) or 0
  local now = ngx.now()
  local kept = shared:get(name)
  local tokens = burst
  if kept then
    local left, at = match(kept, "^(%S+) (%S+)$")
    tokens = math.min(burst, tonumber(left) + math.max(0, now - tonumber(at)) * rate)
  end
  local passes = tokens >= 1
  shared:set(name, format("%.6f %.3f", passes and tokens - 1 or tokens, now))
  return passes
end

-- The limits that a route is under and the name of their bucket: its own, or those that all routes of its api share.
function M.of(route)
  if route.throttle then
    return route.throttle, "throttle " .. route.api.name .. " " .. route.key
  elseif route.api.throttle then
    return route.api.throttle, "throttle " .. route.api.name
  end
end

return M
