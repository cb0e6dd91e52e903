import NIOCore
import NIOHTTPTypes

/// Closes a connection on which a request does not come whole in time, however slowly its bytes trickle: the first head, and
/// every body, whether somebody reads it or not.
final class RequestTimeout: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart

    private let limit: TimeAmount
    private var timer: Scheduled<Void>?

    /// - Parameter limit: of the first head; a body has some seconds more, so that who reads it can answer first.
    init(_ limit: Duration) {
        self.limit = TimeAmount(limit)
    }

    func handlerAdded(context: ChannelHandlerContext) { start(context, limit) }

    func handlerRemoved(context: ChannelHandlerContext) { timer?.cancel() }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head: start(context, limit + .seconds(5))
        case .body: break
        case .end: timer?.cancel()
        }
        context.fireChannelRead(data)
    }

    private func start(_ context: ChannelHandlerContext, _ limit: TimeAmount) {
        timer?.cancel()
        let channel = context.channel
        timer = context.eventLoop.scheduleTask(in: limit) { channel.close(promise: nil) }
    }
}

/// Closes a connection whose other end takes none of what is written to it.
final class StalledReaderTimeout: ChannelOutboundHandler, RemovableChannelHandler {
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let limit: TimeAmount
    private var timer: Scheduled<Void>?
    /// Writes that are not with the other end yet.
    private var waiting = 0

    /// - Parameter limit: within which a piece has to go.
    init(_ limit: Duration) {
        self.limit = TimeAmount(limit)
    }

    func handlerRemoved(context: ChannelHandlerContext) { timer?.cancel() }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let promise = promise ?? context.eventLoop.makePromise()
        waiting += 1
        if waiting == 1 { start(context.channel) }
        let channel = context.channel
        promise.futureResult.assumeIsolated().whenComplete { [self] _ in
            waiting -= 1
            timer?.cancel()
            if waiting > 0 { start(channel) }
        }
        context.write(data, promise: promise)
    }

    private func start(_ channel: any Channel) {
        timer = channel.eventLoop.scheduleTask(in: limit) { channel.close(promise: nil) }
    }
}
