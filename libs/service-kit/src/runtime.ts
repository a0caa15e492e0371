import type { DynamicModule } from '@nestjs/common';
import type { AuthoritySource, Recorder } from '@toeverlaat/access';
import type { BlobGateway, CopyGateway, RpcClient, ServiceName } from '@toeverlaat/contracts';
import type { EventLog, Position } from '@toeverlaat/event-log';
import type { ReactionsFactory, ReactorStore } from '@toeverlaat/messaging';
import type { BlobStore, SealingService } from '@toeverlaat/sealing';
import type { Logger, Telemetry } from '@toeverlaat/telemetry';
import type { Clock } from '@toeverlaat/values';

/**
 * Everything a service is given by the composition root, and the only way it reaches anything outside itself. A mode
 * (standalone, distributed) chooses the adapters behind these ports and nothing else (design §1).
 */
export type ServiceRuntime = {
  readonly service: ServiceName;
  readonly log: EventLog;
  /** Limited to the record classes of this service (design §2: vault credentials are per service and record class). */
  readonly sealing: SealingService;
  /**
   * Waits until this process holds no key any more that was destroyed up to a position: true once it is so. Left out where no
   * other process destroys keys.
   */
  readonly whenForgotten?: (position: Position, timeoutMs: number) => Promise<boolean>;
  readonly clock: Clock;
  /** Folder of this service's view files. */
  readonly viewsFolder: string;
  /** Where another process of this service may have put view files that a cold one starts from; checked before use. */
  readonly publishedViews?: string;
  readonly recorder: Recorder;
  /** Fresh: seconds old at the most, fails closed (design rule 11). */
  readonly authority: AuthoritySource;
  readonly rpc: RpcClient;
  readonly reactorStore: ReactorStore;
  /** How public events reach the service's reactions; from the log, with `reactorStore`, when left out. */
  readonly reactions?: ReactionsFactory;
  /** Sealed attachments, for a service that keeps any; sealed with the keys of `sealing`. */
  readonly blobs?: BlobStore;
  readonly logger: Logger;
  /** Traces and figures; `noTelemetry` where nobody collects them. */
  readonly telemetry: Telemetry;
};

/** What a service gives back: Nest mounts the controller; the composition root starts, awaits and stops the rest. */
export type ServiceHandle = {
  readonly name: ServiceName;
  /** Nest module class or dynamic module with the service's controllers. */
  readonly module: DynamicModule;
  /** Bytes that go beside RPC (ADR 10); of a service that keeps attachments. */
  readonly blobs?: BlobGateway;
  /** As `blobs`, for copies that were handed over; of the service that receives them. */
  readonly copies?: CopyGateway;
  /** Starts views and reactions; resolves when the views have caught up with the log. */
  readonly start: () => Promise<void>;
  readonly stop: () => Promise<void>;
  /** Carries out what dates demand, once: any replica may, and twice is once (design rule 8). */
  readonly runTimers: () => Promise<void>;
  /** Resolves once views and reactions have handled everything up to the position; false when the bound ran out. */
  readonly whenSettled: (position: Position, timeoutMs: number) => Promise<boolean>;
  /** View name → hash of its ordered canonical rows. */
  readonly viewHashes: () => Promise<Readonly<Record<string, string>>>;
  /** Puts copies of the view files into a folder, for a cold process of this service to start from. */
  readonly publishViews: (folder: string) => Promise<void>;
};
