-- Events into the log: `topics.append("topic", { key = value, … })`.

local functions = require "ifc_functions"
local http = require "ifc_http"
local json = require "ifc_json"
local state = require "ifc_state"
local text = require "ifc_text"
local trace = require "ifc_trace"

local TIMEOUT = 30 -- seconds

local M = {}

local function entries_json(entries)
  if type(entries) ~= "table" then
    error("topics.append takes the entries as { key = value }", 3)
  end
  local parts = {}
  for key, value in pairs(entries) do
    parts[#parts + 1] = text.quote(tostring(key)) .. ":" .. json.encode(value)
  end
  return "{" .. table.concat(parts, ",") .. "}"
end

-- Appends entries to a topic and returns "ok" when they are kept; raises an error when they are not.
function M.append(topic, entries)
  local headers = trace.headers()
  headers["Content-Type"] = "application/json"
  headers["x-ifc-function"] = functions.running()
  local body = '{"topic":' .. text.quote(tostring(topic)) .. ',"entries":' .. entries_json(entries) .. "}"
  local answer, problem = http.post(state.setting("append"), "/append", headers, body, { timeout = TIMEOUT, keep = true })
  if not answer then
    error("nothing was appended to `" .. tostring(topic) .. "`: " .. problem, 0)
  end
  local said = json.decode(answer.body)
  if answer.status ~= 200 or type(said) ~= "table" or said.error then
    local why = type(said) == "table" and said.error
    error(type(why) == "string" and why or "nothing was appended to `" .. tostring(topic) .. "`: " .. answer.status, 0)
  end
  return "ok"
end

return M
