-- Bytes from outside as text: percent signs, UTF-8, and strings as JSON writes them.

local ffi = require "ffi"

local byte, char, find, format, gsub, sub = string.byte, string.char, string.find, string.format, string.gsub, string.sub
local concat = table.concat
local cast = ffi.cast
local bytes_of = ffi.typeof("const uint8_t *")

local M = {}

local REPLACEMENT = "\239\191\189" -- U+FFFD

local decoded = {}
for code = 0, 255 do
  local low, high = format("%02x", code), format("%02X", code)
  decoded[low], decoded[high] = char(code), char(code)
  decoded[sub(low, 1, 1) .. sub(high, 2)] = char(code)
  decoded[sub(high, 1, 1) .. sub(low, 2)] = char(code)
end

-- The text with its percent signs decoded; what is no two hexadecimal digits stays as it was sent.
function M.unescape(text)
  if not find(text, "%", 1, true) then
    return text
  end
  return (gsub(text, "%%(%x%x)", decoded))
end

-- The same for a part of a query, where `+` is a blank.
function M.unescape_query(text)
  if find(text, "+", 1, true) then
    text = gsub(text, "%+", " ")
  end
  return M.unescape(text)
end

-- How many bytes the character at `at` has; 0 and how many bytes to skip where there is none (Unicode 15, table 3-7).
local function width(at, left)
  local first = at[0]
  if first < 0x80 then
    return 1, 0
  end
  local low, high = 0x80, 0xBF
  local wanted
  if first >= 0xC2 and first <= 0xDF then
    wanted = 1
  elseif first >= 0xE0 and first <= 0xEF then
    wanted = 2
    if first == 0xE0 then
      low = 0xA0
    elseif first == 0xED then
      high = 0x9F -- above are surrogates
    end
  elseif first >= 0xF0 and first <= 0xF4 then
    wanted = 3
    if first == 0xF0 then
      low = 0x90
    elseif first == 0xF4 then
      high = 0x8F
    end
  else
    return 0, 1
  end
  for n = 1, wanted do
    if n >= left or at[n] < low or at[n] > high then
      return 0, n
    end
    low, high = 0x80, 0xBF
  end
  return wanted + 1, 0
end

-- Whether the text is UTF-8.
function M.is_utf8(text)
  if not find(text, "[\128-\255]") then
    return true
  end
  local at, left = cast(bytes_of, text), #text
  while left > 0 do
    local wide = width(at, left)
    if wide == 0 then
      return false
    end
    at, left = at + wide, left - wide
  end
  return true
end

-- The text in UTF-8: whatever is none becomes the replacement character, as decoders elsewhere do it.
function M.utf8(text)
  if M.is_utf8(text) then
    return text
  end
  local parts, count = {}, 0
  local start, at, left, index = 1, cast(bytes_of, text), #text, 1
  while left > 0 do
    local wide, bad = width(at, left)
    if wide == 0 then
      parts[count + 1], parts[count + 2] = sub(text, start, index - 1), REPLACEMENT
      count, wide = count + 2, bad
      start = index + bad
    end
    at, left, index = at + wide, left - wide, index + wide
  end
  parts[count + 1] = sub(text, start)
  return concat(parts)
end

local escapes = { ['"'] = '\\"', ["\\"] = "\\\\", ["\b"] = "\\b", ["\f"] = "\\f", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t" }
for code = 0, 31 do
  escapes[char(code)] = escapes[char(code)] or format("\\u%04x", code)
end
escapes["\127"] = "\\u007f"

-- The text as a string of JSON.
function M.quote(text)
  if find(text, "[\128-\255]") then
    text = M.utf8(text)
  end
  if find(text, '[%c"\\%z]') then
    text = gsub(text, '[%c"\\%z]', escapes)
  end
  return '"' .. text .. '"'
end

-- The character with this number in UTF-8.
function M.character(code)
  if code < 0x80 then
    return char(code)
  elseif code < 0x800 then
    return char(0xC0 + math.floor(code / 64), 0x80 + code % 64)
  elseif code < 0x10000 then
    return char(0xE0 + math.floor(code / 4096), 0x80 + math.floor(code / 64) % 64, 0x80 + code % 64)
  end
  return char(
    0xF0 + math.floor(code / 262144),
    0x80 + math.floor(code / 4096) % 64,
    0x80 + math.floor(code / 64) % 64,
    0x80 + code % 64
  )
end

M.REPLACEMENT = REPLACEMENT

-- The pieces of a text between single characters, empty ones too.
function M.split(text, separator)
  local pieces, count, start = {}, 0, 1
  while true do
    local at = find(text, separator, start, true)
    count = count + 1
    pieces[count] = sub(text, start, (at or 0) - 1)
    if not at then
      return pieces, count
    end
    start = at + 1
  end
end

local function is_blank(c)
  return c == 32 or c == 9
end

-- Without blanks at both ends. No pattern: one that ends in `$` is slow where blanks stand within.
function M.trimmed(text)
  local first, last = 1, #text
  while is_blank(byte(text, first)) do
    first = first + 1
  end
  while last > first and is_blank(byte(text, last)) do
    last = last - 1
  end
  return sub(text, first, last)
end

return M
