-- Spacer's trace: every request has a trace, every call in it a span, and the span knows the one that it was called from. And AWS's, which
-- functions find in their environment.

local format, match, sub = string.format, string.match, string.sub

local M = {}

local TRACE, SPAN, PARENT = "X-SPACER-TRACE-ID", "X-SPACER-SPAN-ID", "X-SPACER-PARENT-SPAN-ID"
local calls = 0

-- Puts the trace of a request that has come into its headers, where a function in Lua finds it.
function M.begin()
  local var, ctx = ngx.var, ngx.ctx
  local id = var.request_id
  local parent = var.http_x_spacer_span_id
  local trace = var.http_x_spacer_trace_id
  ctx.ifc_trace, ctx.ifc_span, ctx.ifc_parent = trace or id, id, parent
  local set = ngx.req.set_header
  if not trace then
    set(TRACE, id)
  end
  if parent then
    set(PARENT, parent)
  end
  set(SPAN, id)
end

-- The trace of the running request.
function M.id()
  local ctx = ngx.ctx
  if ctx.ifc_trace then
    return ctx.ifc_trace
  end
  return ngx.var.http_x_spacer_trace_id or ngx.var.request_id
end

-- The root of AWS's trace of the running request: the caller's, or a new one (X-Ray developer guide, Tracing header).
function M.root()
  local ctx, var = ngx.ctx, ngx.var
  if not ctx.ifc_root then
    local given = match(var.http_x_amzn_trace_id or "", "Root=([%w-]+)")
    ctx.ifc_root = given or format("1-%08x-%s", ngx.time(), sub(var.request_id, 1, 24))
  end
  return ctx.ifc_root
end

-- What a function is told of it: the segment that it was called from, and that nobody records it.
function M.lambda()
  local span = ngx.ctx.ifc_span or ngx.var.request_id
  return "Root=" .. M.root() .. ";Parent=" .. sub(ngx.md5(span), 1, 16) .. ";Sampled=0"
end

-- The headers that hand the trace on.
function M.headers()
  local ctx = ngx.ctx
  return { [TRACE] = M.id(), [SPAN] = ctx.ifc_span or ngx.var.request_id, [PARENT] = ctx.ifc_parent }
end

-- Begins a span below the running one; what it returns ends it.
function M.enter()
  local ctx = ngx.ctx
  calls = calls + 1
  local span, parent = ctx.ifc_span, ctx.ifc_parent
  local own = sub(ngx.md5((span or ngx.var.request_id) .. " " .. calls .. " " .. ngx.worker.pid()), 1, 32)
  ctx.ifc_span, ctx.ifc_parent = own, span
  return function()
    ctx.ifc_span, ctx.ifc_parent = span, parent
  end
end

return M
