-- A client for HTTP over unix sockets and loopback: functions' workers, and the process that started nginx.

local trimmed = require("ifc_text").trimmed

local find, format, gsub, lower, match = string.find, string.format, string.gsub, string.lower, string.match
local concat = table.concat
local tcp, now, sleep, update_time = ngx.socket.tcp, ngx.now, ngx.sleep, ngx.update_time

local M = {}

local LARGEST = 64 * 1024 * 1024 -- of an answer; Lambda's own limit is 6 MB

-- Whether a problem is that nobody listens there.
function M.absent(problem)
  return (find(problem, "no such file", 1, true) or find(problem, "refused", 1, true)) and true or false
end

-- Milliseconds until the time `by`, at least one, since 0 would mean the default.
local function left(by)
  local ms = (by - now()) * 1000
  return ms > 1 and ms or 1
end

-- A connection. When more calls come at once than the socket's queue holds, Linux answers EAGAIN at once; then a little later again. Until
-- the time `patient` it is the same where nobody listens.
local function connected(address, by, patient)
  local pause = 0.001
  while true do
    local socket = tcp()
    socket:settimeouts(left(by), left(by), left(by))
    local good, problem
    if find(address, "^unix:") then
      good, problem = socket:connect(address)
    else
      good, problem = socket:connect(match(address, "^(.*):(%d+)$"))
    end
    if good then
      return socket
    end
    local nobody = M.absent(problem)
    if problem == "timeout" or not nobody and not find(problem, "temporarily unavailable", 1, true) or nobody and now() >= patient then
      return nil, problem
    end
    if now() >= by then
      return nil, "timeout"
    end
    sleep(pause)
    pause = pause < 0.02 and pause * 2 or pause
  end
end

-- The next part of an answer; the time that is left is for all of them together.
local function receive(socket, by, what)
  socket:settimeouts(left(by), left(by), left(by))
  return socket:receive(what)
end

local function read_chunks(socket, by)
  local parts, count, total = {}, 0, 0
  while true do
    local line, problem = receive(socket, by, "*l")
    local size = line and tonumber(match(line, "^%x+"), 16)
    if not size then
      return nil, problem or "a chunk without a size"
    end
    if size == 0 then
      repeat
        line, problem = receive(socket, by, "*l")
      until not line or line == ""
      return line and concat(parts), problem
    end
    total = total + size
    if total > LARGEST then
      return nil, "an answer that is too long"
    end
    local part
    part, problem = receive(socket, by, size)
    if not part then
      return nil, problem
    end
    receive(socket, by, 2)
    count = count + 1
    parts[count] = part
  end
end

local function read_body(socket, by, headers)
  local size = tonumber(headers["content-length"])
  if headers["transfer-encoding"] and lower(headers["transfer-encoding"]) == "chunked" then
    return read_chunks(socket, by)
  elseif not size then
    headers.connection = "close"
    return receive(socket, by, "*a")
  elseif size > LARGEST then
    return nil, "an answer that is too long"
  elseif size == 0 then
    return ""
  end
  return receive(socket, by, size)
end

local function read_answer(socket, by)
  local status
  local headers = {}
  repeat -- what is only provisional is skipped
    local line, problem = receive(socket, by, "*l")
    if not line then
      return nil, problem
    end
    status = tonumber(match(line, "^HTTP/1%.%d (%d%d%d)"))
    if not status then
      return nil, "an answer that is not HTTP"
    end
    while true do
      line, problem = receive(socket, by, "*l")
      if not line then
        return nil, problem
      elseif line == "" then
        break
      end
      local name, value = match(line, "^([^:]+):[ \t]*(.*)$")
      if name then
        headers[lower(name)] = trimmed(value)
      end
    end
  until status >= 200
  local body, problem = read_body(socket, by, headers)
  if not body then
    return nil, problem
  end
  return { status = status, headers = headers, body = body }
end

-- The answer to POST `path`: { status, headers (names in lower case), body }; nil and why there is none, "timeout" after
-- `options.timeout` seconds. `options.keep`: the connection is used again (a worker of a function takes one connection at a
-- time, so one that is kept idle would keep it from others). `options.patience`: seconds to wait for somebody who listens.
function M.post(address, path, headers, body, options)
  update_time()
  local by = now() + options.timeout
  local patient = now() + (options.patience or 0)
  local lines = { "POST ", path, " HTTP/1.1\r\nHost: ifc\r\nContent-Length: ", tostring(#body), "\r\n" }
  local count = #lines
  for name, value in pairs(headers) do
    -- No value may bring a line of its own.
    count = count + 1
    lines[count] = format("%s: %s\r\n", name, gsub(value, "[%c]", " "))
  end
  lines[count + 1] = options.keep and "\r\n" or "Connection: close\r\n\r\n"
  lines[count + 2] = body
  while true do
    local socket, problem = connected(address, by, patient)
    if not socket then
      return nil, problem
    end
    local used = socket:getreusedtimes()
    local _
    _, problem = socket:send(lines)
    local answer
    if not problem then
      answer, problem = read_answer(socket, by)
    end
    if answer and options.keep and lower(answer.headers.connection or "") ~= "close" then
      socket:setkeepalive(30000, 64)
    else
      socket:close()
    end
    -- A kept connection may have been closed at the other end meanwhile, and one to a process that ends is reset; then nobody has read the
    -- request to its end.
    local reset = problem and (find(problem, "reset", 1, true) or find(problem, "pipe", 1, true))
    local again = used and used > 0 and (reset or problem == "closed") or reset and now() < patient
    if answer or not again then
      return answer, problem
    end
  end
end

return M
