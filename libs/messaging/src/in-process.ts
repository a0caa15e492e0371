import type { CustomTransportStrategy, MessageHandler, ReadPacket, WritePacket } from '@nestjs/microservices';
import { ClientProxy, Server } from '@nestjs/microservices';
import { from, isObservable, lastValueFrom } from 'rxjs';

/** No service in this process answers the pattern, or it has not started yet. */
export class NoSuchPattern extends Error {
  override readonly name = 'NoSuchPattern';
}

/** Where the services of one process meet: a pattern has one handler. */
export class InProcessExchange {
  private readonly handlers = new Map<string, MessageHandler>();

  register(pattern: string, handler: MessageHandler): void {
    if (this.handlers.has(pattern)) throw new Error(`pattern ${pattern} has two handlers`);
    this.handlers.set(pattern, handler);
  }

  has(pattern: string): boolean {
    return this.handlers.has(pattern);
  }

  unregister(pattern: string): void {
    this.handlers.delete(pattern);
  }

  /**
   * Delivers one message and gives the answer. Both cross as JSON, as they do between processes: what cannot travel
   * distributed does not travel here.
   * @throws NoSuchPattern
   */
  async request(pattern: string, message: unknown): Promise<unknown> {
    const handler = this.handlers.get(pattern);
    if (handler === undefined) throw new NoSuchPattern(pattern);
    const answer: unknown = await handler(JSON.parse(JSON.stringify(message)));
    const value: unknown = isObservable(answer) ? await lastValueFrom(answer) : answer;
    return JSON.parse(JSON.stringify(value));
  }
}

/** Nest's server side of the exchange: the transport of the standalone deployment. */
export class InProcessServer extends Server implements CustomTransportStrategy {
  constructor(private readonly exchange: InProcessExchange) {
    super();
  }

  listen(callback: (...optionalParams: unknown[]) => unknown): void {
    for (const [pattern, handler] of this.messageHandlers) this.exchange.register(pattern, handler);
    callback();
  }

  close(): void {
    for (const pattern of this.messageHandlers.keys()) this.exchange.unregister(pattern);
  }

  on(): void {
    // An exchange inside one process has no connection, hence no status events.
  }

  unwrap<T>(): T {
    throw new Error('the in-process transport has no underlying server');
  }
}

/** Nest's client side of the exchange. */
export class InProcessClient extends ClientProxy {
  constructor(private readonly exchange: InProcessExchange) {
    super();
  }

  connect(): Promise<void> {
    return Promise.resolve();
  }

  close(): void {
    // Nothing is open.
  }

  protected publish(packet: ReadPacket, callback: (packet: WritePacket) => void): () => void {
    const subscription = from(this.exchange.request(String(packet.pattern), packet.data)).subscribe({
      next: (response: unknown) => {
        callback({ response, isDisposed: true });
      },
      error: (error: unknown) => {
        callback({ err: error, isDisposed: true });
      },
    });
    return () => {
      subscription.unsubscribe();
    };
  }

  protected dispatchEvent(): Promise<never> {
    return Promise.reject(new Error('events go over the log, not over RPC'));
  }

  unwrap<T>(): T {
    throw new Error('the in-process transport has no underlying client');
  }
}
