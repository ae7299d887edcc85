-- JSON. Not lua-cjson: it writes [] as {} and long numbers with 14 digits, and what a function answers must come through as it is.

local text = require "ifc_text"

local byte, find, format, match, sub = string.byte, string.find, string.format, string.match, string.sub
local concat = table.concat
local floor, huge = math.floor, math.huge
local quote = text.quote

local M = {}

local DEPTH = 1000 -- as deep as lua-cjson goes by default
local null = ngx.null -- cjson.null is the same
local array_mt = { __name = "array" }
local raw_mt = { __name = "raw" }

M.null = null

-- The table as an array, however many elements it has.
function M.array(elements)
  return setmetatable(elements or {}, array_mt)
end

-- A text that stands for itself when it is written.
function M.raw(json)
  return setmetatable({ json = json }, raw_mt)
end

-- --- reading ---

local function fail(what, at)
  error({ json = format("%s at character %d", what, at) }, 0)
end

local function skip(json, at)
  while true do
    local c = byte(json, at)
    if c ~= 32 and c ~= 10 and c ~= 13 and c ~= 9 then
      return at, c
    end
    at = at + 1
  end
end

local plain = { [34] = '"', [92] = "\\", [47] = "/", [98] = "\b", [102] = "\f", [110] = "\n", [114] = "\r", [116] = "\t" }

-- A character written as \uXXXX; half of a pair alone becomes the replacement character, since no UTF-8 can hold it.
local function unicode(json, at)
  local digits = match(json, "^%x%x%x%x", at)
  if not digits then
    fail("`\\u` without four digits", at - 2)
  end
  local code = tonumber(digits, 16)
  if code < 0xD800 or code > 0xDFFF then
    return text.character(code), at + 4
  end
  local second = code < 0xDC00 and match(json, "^\\u(%x%x%x%x)", at + 4)
  local low = second and tonumber(second, 16)
  if low and low >= 0xDC00 and low <= 0xDFFF then
    return text.character(0x10000 + (code - 0xD800) * 1024 + low - 0xDC00), at + 10
  end
  return text.REPLACEMENT, at + 4
end

-- The string behind the quote before `at`, and where it goes on.
local function read_string(json, at)
  local stop = find(json, '"', at, true)
  if not stop then
    fail("a string without an end", at - 1)
  end
  local value = sub(json, at, stop - 1)
  if not find(value, "[%z\1-\31\\]") then
    return value, stop + 1
  end
  local parts, count = {}, 0
  while true do
    local special = find(json, '["\\%z\1-\31]', at)
    if not special then
      fail("a string without an end", at)
    end
    count = count + 1
    parts[count] = sub(json, at, special - 1)
    local c = byte(json, special)
    if c == 34 then
      return concat(parts), special + 1
    elseif c ~= 92 then
      fail("a control character in a string", special)
    end
    local letter = byte(json, special + 1)
    count = count + 1
    if letter == 117 then
      parts[count], at = unicode(json, special + 2)
    else
      parts[count] = plain[letter] or fail("an unknown escape", special)
      at = special + 2
    end
  end
end

local function read_number(json, at)
  local written = match(json, "^-?%d+%.?%d*[eE]?[+-]?%d*", at)
  local value = written and not find(written, "^-?0%d") and not find(written, "%.[^%d]") and not find(written, "%.$") and tonumber(written)
  if not value then
    fail("no value", at)
  elseif value == huge or value == -huge then
    fail("a number that is too large", at)
  end
  return value, at + #written
end

local words = { [110] = { "null", null }, [116] = { "true", true }, [102] = { "false", false } }

local read_value

local function read_array(json, at, depth)
  local elements, count = setmetatable({}, array_mt), 0
  local c
  at, c = skip(json, at)
  if c == 93 then
    return elements, at + 1
  end
  while true do
    count = count + 1
    elements[count], at = read_value(json, at, depth)
    at, c = skip(json, at)
    if c == 93 then
      return elements, at + 1
    elseif c ~= 44 then
      fail("no `,` or `]`", at)
    end
    at = at + 1
  end
end

local function read_object(json, at, depth)
  local members = {}
  local c
  at, c = skip(json, at)
  if c == 125 then
    return members, at + 1
  end
  while true do
    local name
    at, c = skip(json, at)
    if c ~= 34 then
      fail("no name in quotes", at)
    end
    name, at = read_string(json, at + 1)
    at, c = skip(json, at)
    if c ~= 58 then
      fail("no `:`", at)
    end
    members[name], at = read_value(json, at + 1, depth)
    at, c = skip(json, at)
    if c == 125 then
      return members, at + 1
    elseif c ~= 44 then
      fail("no `,` or `}`", at)
    end
    at = at + 1
  end
end

function read_value(json, at, depth)
  local c
  at, c = skip(json, at)
  if c == 34 then
    return read_string(json, at + 1)
  elseif c == 123 or c == 91 then
    if depth >= DEPTH then
      fail("nested too deep", at)
    end
    return (c == 123 and read_object or read_array)(json, at + 1, depth + 1)
  end
  local word = words[c]
  if word then
    if sub(json, at, at + #word[1] - 1) ~= word[1] then
      fail("no value", at)
    end
    return word[2], at + #word[1]
  end
  return read_number(json, at)
end

local function read_whole(json)
  local value, at = read_value(json, 1, 0)
  at = skip(json, at)
  if at <= #json then
    fail("more after the value", at)
  end
  return value
end

-- The value of a JSON text; nil and what is wrong with it. Arrays are marked, so that empty ones are written as such again.
function M.decode(json)
  local good, value = pcall(read_whole, json)
  if good then
    return value
  end
  if type(value) == "table" and value.json then
    return nil, value.json
  end
  error(value, 0)
end

-- --- looking into a text without reading it all ---

-- Where the value that begins at `at` ends; the text is known to be JSON.
local function past(json, at)
  local c = byte(json, at)
  if c == 34 then
    local stop = at
    while true do
      stop = find(json, '"', stop + 1, true)
      local before = stop - 1
      while byte(json, before) == 92 do
        before = before - 1
      end
      if (stop - before) % 2 == 1 then
        return stop
      end
    end
  elseif c == 123 or c == 91 then
    local open = 0
    while true do
      if c == 34 then
        at = past(json, at)
      elseif c == 123 or c == 91 then
        open = open + 1
      elseif c == 125 or c == 93 then
        open = open - 1
        if open == 0 then
          return at
        end
      end
      at = find(json, '["%[%]{}]', at + 1)
      c = byte(json, at)
    end
  end
  return (find(json, "[,%]} \n\r\t]", at) or #json + 1) - 1
end

local function members_of(json)
  local at, c = skip(json, 1)
  if c ~= 123 then
    return nil
  end
  local found = {}
  at, c = skip(json, at + 1)
  while c == 34 do
    local name
    name, at = read_string(json, at + 1)
    at = skip(json, at)
    at = skip(json, at + 1)
    local stop = past(json, at)
    found[name] = sub(json, at, stop)
    at, c = skip(json, stop + 1)
    if c == 44 then
      at, c = skip(json, at + 1)
    end
  end
  return c == 125 and skip(json, at + 1) > #json and found or nil
end

-- The members of an object, each as the text that it was written as; nil where the text is no object. However deep it is.
function M.members(json)
  local good, found = pcall(members_of, json)
  return good and found or nil
end

-- What a text holds: "string", "number", "true", "false", "null", "object" or "array".
function M.kind(json)
  local _, c = skip(json, 1)
  if c == 34 then
    return "string"
  elseif c == 123 then
    return "object"
  elseif c == 91 then
    return "array"
  end
  local word = words[c]
  return word and word[1] or "number"
end

-- --- writing ---

local write

local function write_number(value)
  if value ~= value or value == huge or value == -huge then
    error("JSON has no number " .. tostring(value), 0)
  end
  if floor(value) == value and value > -9007199254740993 and value < 9007199254740993 then
    return format("%d", value)
  end
  local written = format("%.14g", value)
  if tonumber(written) ~= value then
    written = format("%.16g", value)
    if tonumber(written) ~= value then
      written = format("%.17g", value)
    end
  end
  return written
end

-- How many elements a table has as an array; nil where it is an object.
local function length(value)
  if getmetatable(value) == array_mt then
    local count = #value
    for key in pairs(value) do
      if type(key) ~= "number" then
        return nil
      end
    end
    return count
  end
  local count, last = 0, 0
  for key in pairs(value) do
    if type(key) ~= "number" or key < 1 or floor(key) ~= key then
      return nil
    end
    count, last = count + 1, key > last and key or last
  end
  return count > 0 and last <= 2 * count + 8 and last or nil
end

local function write_table(value, parts, depth)
  if getmetatable(value) == raw_mt then
    parts[#parts + 1] = value.json
    return
  end
  if depth >= DEPTH then
    error("the value is nested too deep, or in a circle", 0)
  end
  local count = length(value)
  if count then
    parts[#parts + 1] = "["
    for n = 1, count do
      if n > 1 then
        parts[#parts + 1] = ","
      end
      write(value[n], parts, depth + 1)
    end
    parts[#parts + 1] = "]"
    return
  end
  local separator = "{"
  for key, member in pairs(value) do
    local named = type(key)
    if named ~= "string" and named ~= "number" then
      error("a name in JSON is a text, and here is a " .. named, 0)
    end
    parts[#parts + 1] = separator .. quote(tostring(key)) .. ":"
    write(member, parts, depth + 1)
    separator = ","
  end
  parts[#parts + 1] = separator == "{" and "{}" or "}"
end

function write(value, parts, depth)
  local kind = type(value)
  if kind == "string" then
    parts[#parts + 1] = quote(value)
  elseif kind == "number" then
    parts[#parts + 1] = write_number(value)
  elseif kind == "boolean" then
    parts[#parts + 1] = value and "true" or "false"
  elseif kind == "table" then
    write_table(value, parts, depth)
  elseif value == nil or value == null then
    parts[#parts + 1] = "null"
  elseif kind == "cdata" and find(tostring(value), "^-?%d+U?LL$") then
    parts[#parts + 1] = match(tostring(value), "^-?%d+")
  else
    error("a " .. kind .. " can't be written as JSON", 0)
  end
end

-- The value as JSON; an error where it has none.
function M.encode(value)
  local parts = {}
  write(value, parts, 0)
  return concat(parts)
end

return M
