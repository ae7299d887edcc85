-- Tells whoever has started nginx what functions in Lua do while they run: what they print, and whom they call. It goes through a named
-- pipe: to write there never yields, what is written before an answer is there before it, and a full pipe waits for its reader.

local json = require "ifc_json"
local state = require "ifc_state"

local sub = string.sub

local MOST = 480 -- bytes of a piece: a line of it is less than what every system writes in one go (PIPE_BUF is 512 at least)

local M = {}

local pipe

-- Whether somebody listens.
function M.listens()
  return state.setting("told") ~= nil
end

local function write(line)
  pipe = pipe or io.open(state.path(state.setting("told")), "a")
  if not pipe then
    return
  end
  pipe:setvbuf("full", 1024)
  if not (pipe:write(line) and pipe:flush()) then
    pipe:close() -- nobody is there any more
    pipe = nil
  end
end

-- What is said goes in pieces, each a line with the number of this process; `+` stands before those that another follows.
local function say(said)
  local text, pid = json.encode(said), ngx.worker.pid()
  for first = 1, #text, MOST do
    write(pid .. (first + MOST <= #text and "+" or "=") .. sub(text, first, first + MOST - 1) .. "\n")
  end
end

-- Tells what a function has printed; the values are written as Lua's own `print` writes them.
function M.printed(name, ...)
  local parts = {}
  for n = 1, select("#", ...) do
    parts[n] = tostring((select(n, ...)))
  end
  say({ ["function"] = name, printed = table.concat(parts, "\t") })
end

-- Tells of a call between two functions: how long it took, in seconds, and why it failed.
function M.called(caller, name, duration, problem)
  say({ ["function"] = name, caller = caller, duration = duration, problem = problem })
end

return M
