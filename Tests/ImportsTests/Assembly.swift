/// Makes a value of a struct whose memberwise initializer its module keeps to itself, member by member.
///
/// Every stored member must be set: `make` stops where one is not, as happens when the struct gets a new member.
@safe struct Assembly<Whole> {
    private let memory: UnsafeMutablePointer<Whole>
    private var members: [(offset: Int, size: Int, alignment: Int)] = []

    init() { unsafe memory = .allocate(capacity: 1) }

    func set<Member>(_ path: WritableKeyPath<Whole, Member>, _ value: Member) -> Assembly {
        guard let member = unsafe memory.pointer(to: path), let offset = MemoryLayout<Whole>.offset(of: path) else {
            preconditionFailure("\(path) is a stored member")
        }
        unsafe member.initialize(to: value)
        var result = self
        result.members.append((offset, MemoryLayout<Member>.size, MemoryLayout<Member>.alignment))
        return result
    }

    func make() -> Whole {
        var end = 0
        for member in members.sorted(by: { $0.offset < $1.offset }) {
            let aligned = (end + member.alignment - 1) / member.alignment * member.alignment
            precondition(
                member.offset == aligned, "\(Whole.self) has a member before byte \(member.offset) that is not set")
            end = member.offset + member.size
        }
        precondition(end == MemoryLayout<Whole>.size, "\(Whole.self) has a last member that is not set")
        defer { unsafe memory.deallocate() }
        return unsafe memory.move()
    }
}
