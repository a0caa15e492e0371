import type { CustomTransportStrategy, MessageHandler } from '@nestjs/microservices';
import { Server } from '@nestjs/microservices';
import type { PublicEvent, Reaction } from '@toeverlaat/messaging';
import { InvariantBroken } from '@toeverlaat/values';
import { isObservable, lastValueFrom } from 'rxjs';
import { createDelivery, type Delivery, type DeliveryOptions } from './delivery.js';

export type KafkaServerOptions = Omit<DeliveryOptions, 'reactions'>;

/** Every handler of the pattern, one after the other: an event is done when all of them have done with it. */
const reactionOf =
  (first: MessageHandler): Reaction =>
  async (event: PublicEvent): Promise<void> => {
    for (let handler: MessageHandler | undefined = first; handler !== undefined; handler = handler.next) {
      const answer: unknown = await handler(event);
      // An error in it is the handler's; `undefined` where it ends without a value.
      if (isObservable(answer)) await lastValueFrom(answer, { defaultValue: undefined });
    }
  };

/**
 * Nest's server side of Kafka (ADR 25): a handler is `@EventPattern('<service>.<Name>')` and is given the public event.
 * Nest's own Kafka server acknowledges what it has no handler for, and tries for ever what fails; this one does neither.
 * There is no request and reply over Kafka: answers carry confidential text, and Kafka keeps what it is given (design §6).
 */
export class KafkaServer extends Server implements CustomTransportStrategy {
  private delivery: Delivery | undefined;

  constructor(private readonly options: KafkaServerOptions) {
    super();
  }

  /** @throws InvariantBroken for a handler that would answer */
  listen(callback: (...optionalParams: unknown[]) => unknown): void {
    const reactions = new Map<string, Reaction>();
    for (const [pattern, handler] of this.messageHandlers) {
      if (handler.isEventHandler !== true)
        throw new InvariantBroken(`${pattern}: Kafka carries events; what answers goes over RPC`);
      reactions.set(pattern, reactionOf(handler));
    }
    this.delivery = createDelivery({ ...this.options, reactions });
    this.delivery.start();
    callback();
  }

  async close(): Promise<void> {
    await this.delivery?.stop();
  }

  on(): void {
    // What happens is told to the hooks of the options.
  }

  /** The delivery, once it listens. */
  unwrap<T>(): T {
    return this.delivery as T;
  }

  /** @throws InvariantBroken before it listens */
  running(): Delivery {
    if (this.delivery === undefined) throw new InvariantBroken('the Kafka transport does not listen yet');
    return this.delivery;
  }
}
