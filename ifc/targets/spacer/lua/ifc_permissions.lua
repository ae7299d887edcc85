-- What the verbs of an app allow its functions in Lua.

local json = require "ifc_json"

local gsub, lower = string.gsub, string.lower

local M = {}

-- A pattern of a policy as one of Lua: `*` stands for any text, `?` for one character.
local function pattern(written)
  local escaped = gsub(written, "[%^%$%(%)%%%.%[%]%+%-]", "%%%0")
  return "^" .. gsub(gsub(escaped, "%*", ".*"), "%?", ".") .. "$"
end

local function any(written, value, fold)
  if type(written) ~= "table" then
    return false
  end
  for _, one in ipairs(written) do
    if string.find(value, pattern(fold and lower(one) or one)) then
      return true
    end
  end
  return false
end

local function may(statements, action, resource)
  local allowed = false
  for _, statement in ipairs(statements) do
    if any(statement.actions, lower(action), true) and any(statement.resources, resource) then
      if lower(statement.effect or "Allow") == "deny" then
        return false
      end
      allowed = true
    end
  end
  return allowed
end

-- Whether a function may call another. A role from outside (null) is not known here, so it may.
function M.may_call(current, caller, callee)
  local key = caller.id .. " " .. callee.id
  local known = current.allowed[key]
  if known == nil then
    local statements = caller.permissions
    known = statements == json.null or may(statements or {}, "lambda:InvokeFunction", callee.arn or "")
    current.allowed[key] = known
  end
  return known
end

return M
