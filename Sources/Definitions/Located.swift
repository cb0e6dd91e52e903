package import Diagnostics

/// A value together with the place in the user's file that it was read from.
@dynamicMemberLookup
package struct Located<Wrapped: Sendable>: Sendable {
    package var value: Wrapped
    package var place: Place

    package init(_ value: Wrapped, at place: Place) {
        self.value = value
        self.place = place
    }

    package subscript<Member>(dynamicMember member: any KeyPath<Wrapped, Member> & Sendable) -> Member {
        value[keyPath: member]
    }

    package func map<Other: Sendable>(_ transform: (Wrapped) throws -> Other) rethrows -> Located<Other> {
        Located<Other>(try transform(value), at: place)
    }
}

extension Located: Equatable where Wrapped: Equatable {
    /// Equal by value: the same definition read from another place is the same.
    package static func == (left: Located, right: Located) -> Bool { left.value == right.value }
}

extension Located: Hashable where Wrapped: Hashable {
    package func hash(into hasher: inout Hasher) { hasher.combine(value) }
}
