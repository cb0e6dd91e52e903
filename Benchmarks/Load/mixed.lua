-- wrk: 84 questions to a served project, each asked over and over by eight connections, some 200 requests a second.
-- Months of 2025 of both customer reports, the dashboard and a page, by several groupings.
local paths = {}
for month = 1, 12 do
  local first, last = string.format("2025-%02d-01", month), string.format("2025-%02d-28", month)
  local window = "createdAt%5Bgte%5D=" .. first .. "&createdAt%5Blt%5D=" .. last
  for _, grouping in ipairs({"product.name", "currency", "date"}) do
    paths[#paths + 1] = "/reports/customer-value?groupBy=" .. grouping .. "&" .. window
  end
  paths[#paths + 1] = "/reports/customer?groupBy=month&" .. window
  paths[#paths + 1] = "/reports/cltv?groupBy=country&" .. window
  paths[#paths + 1] = "/dashboards/cltv?reports=headline&" .. window
  paths[#paths + 1] = "/app/dashboards/customer-value?by=currency&from=" .. first .. "&through=" .. last
end
local index = math.random(#paths)
function request()
  index = index + 1
  return wrk.format("GET", paths[index % #paths + 1])
end
function delay() return math.random(20, 52) end
