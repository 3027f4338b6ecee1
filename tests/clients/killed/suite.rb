# SPDX-License-Identifier: ISC
# A suite that makes things until it is killed; see killed.py.

require "json"
require "net/http"
require "socket"

HOST, PORT = ENV["TOXID"].split(":")
TTL = ENV["TTL"].to_i
HEADERS = { "Authorization" => "Bearer #{ENV["TOKEN"]}",
            "Content-Type" => "application/json" }
SHARED = "/proxies/#{ENV["SHARED"]}/toxics"

def now
  Process.clock_gettime(Process::CLOCK_MONOTONIC)
end

# What was made then need not be there any more.
def over?(since)
  TTL > 0 && now - since > TTL / 1000.0
end

def call(method, path, body, good, since)
  reply = Net::HTTP.start(HOST, PORT.to_i, read_timeout: 60) do |api|
    api.send_request(method, path, body&.to_json, HEADERS)
  end
  return {} if reply.code == "404" && over?(since)
  raise "#{path} #{reply.code} #{reply.body}" unless reply.code.to_i == good
  reply.body.to_s == "" ? {} : JSON.parse(reply.body)
end

# It stays open, in a thread of its own.
def session_id
  lines = Queue.new
  Thread.new do
    Net::HTTP.start(HOST, PORT.to_i, read_timeout: 60) do |api|
      api.request(Net::HTTP::Post.new("/session", HEADERS)) do |reply|
        reply.read_body { |line| lines << line }
      end
    end
  end
  JSON.parse(lines.pop)["id"]
end

def ping(listen, since)
  host, port = listen.split(":")
  TCPSocket.open(host, port.to_i) do |s|
    s.write("hello")
    raise IOError, "no answer" unless s.read(5) == "hello"
  end
rescue SystemCallError, IOError
  raise unless over?(since)
end

def turn(n)
  name = "#{ENV["PREFIX"]}#{n}"
  mine = "/proxies/#{name}"
  since = now
  toxic = { name: name, type: "latency", ttl: TTL, attributes: { latency: 1 } }
  made = call("POST", "/proxies",
              { name: name, listen: "127.0.0.1:0",
                upstream: ENV["UPSTREAM"], ttl: TTL }, 201, since)
  call("POST", "#{mine}/toxics", toxic, 200, since)
  call("POST", SHARED, toxic, 200, since)
  ping(made["listen"], since) if made["listen"]
  call("POST", "#{mine}/lease", { ttl: TTL }, 200, since)
  return if n % 4 == 0
  call("DELETE", mine, nil, 204, since)
  call("DELETE", "#{SHARED}/#{name}", nil, 204, since)
end

$stdout.sync = true
Thread.abort_on_exception = true
HEADERS["X-Toxid-Session"] = session_id if ENV["SESSION"]
(0..).each do |n|
  turn(n)
  puts n
  sleep 0.05
end
