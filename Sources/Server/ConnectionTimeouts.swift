import NIOCore
import NIOHTTPTypes

/// Closes a connection on which no whole request head comes in time, however slowly its bytes trickle.
final class RequestHeadTimeout: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart

    private let limit: TimeAmount
    private var timer: Scheduled<Void>?

    init(_ limit: Duration) {
        self.limit = TimeAmount(limit)
    }

    func handlerAdded(context: ChannelHandlerContext) { start(context) }

    func handlerRemoved(context: ChannelHandlerContext) { timer?.cancel() }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        timer?.cancel()
        timer = nil
        context.fireChannelRead(data)
    }

    private func start(_ context: ChannelHandlerContext) {
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
