-- wrk: orders that are posted one by one. TOKEN is one with the role track; the project has a source with tracking: events.
local token = os.getenv("TOKEN")
local count = 0
-- Keys of one run are not those of another.
local run = os.time()
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
function request()
  count = count + 1
  return wrk.format(nil, "/track/v2/projects/" .. token .. "/customers/events", nil, string.format(
    '{"customer_ids":{"registered":"c%d"},"event_type":"purchase","timestamp":%d,"properties":{"id":"%d-%d","status":"completed","total":12.50}}',
    math.random(100000), 1700000000 + count, run, count))
end
