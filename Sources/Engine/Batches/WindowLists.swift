import Queries

/// The counted purchases of a batch that are in a window, and whose they are; made when they are first asked for, and
/// shared by all that look into the window.
final class WindowList {
    fileprivate let window: Range<Int64>
    fileprivate var isMade = false
    fileprivate(set) var items = Lanes<Int32>()
    fileprivate(set) var owners = Lanes<Int32>()
    fileprivate(set) var count = 0

    fileprivate init(_ window: Range<Int64>) {
        self.window = window
    }

    func forget() { isMade = false }
}

extension CustomerBatch {
    /// Counted purchases in a window, in order.
    func counted(in window: Range<Int64>) -> WindowList {
        let list = windowLists.first { $0.window == window } ?? WindowList(window)
        if list.isMade { return list }
        if !windowLists.contains(where: { $0 === list }) { windowLists.append(list) }
        list.isMade = true
        list.items.reserve(countedTotal + 1)
        list.owners.reserve(countedTotal + 1)
        let test = WindowTest(window)
        let (lanes, times, customers) = (countedList, countedTime, countedOwner)
        let (items, owners) = (list.items, list.owners)
        var chosen = 0
        each(countedTotal) { position in
            items[chosen] = lanes[position]
            owners[chosen] = customers[position]
            chosen &-= Int(test.mask(times[position]))
        }
        list.count = chosen
        return list
    }
}
