-- wrk: questions that nobody has asked before, so that each is computed: windows of random bounds.
local kinds = {
  "/reports/customer-value?groupBy=product.name&", "/reports/customer-value?groupBy=currency&",
  "/reports/customer?groupBy=month&", "/reports/cltv?groupBy=country&", "/dashboards/cltv?reports=headline&",
}
function request()
  local from = os.time({year = 2023, month = 6, day = 1}) + math.random(0, 700) * 86400
  local to = from + math.random(7, 90) * 86400
  local time = string.format("%02d:%02d:00Z", math.random(0, 23), math.random(0, 59))
  return wrk.format("GET", kinds[math.random(#kinds)] .. "createdAt%5Bgte%5D=" .. os.date("!%Y-%m-%dT", from) .. time
    .. "&createdAt%5Blt%5D=" .. os.date("!%Y-%m-%d", to))
end
function delay() return math.random(20, 60) end
