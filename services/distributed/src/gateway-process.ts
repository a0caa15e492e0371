import { serviceNames } from '@toeverlaat/contracts';
import { createUndo, lockFolder, openDoor } from '@toeverlaat/standalone';
import { startOperationsServer } from '@toeverlaat/telemetry';
import { join } from 'node:path';
import { clientOf, identityOf, loggerOf, telemetryOf, type RunningProcess } from './service-process.js';
import { SettingMissing } from './adapters.js';
import type { ProcessSettings } from './settings.js';

/**
 * The gateway in a process of its own: no database, no keys but the one that seals position tokens, which its replicas share.
 * @throws DataFolderInUse, CertificateUnusable, GatewayKeyUnusable, CannotListen
 */
export const composeGateway = async (settings: ProcessSettings): Promise<RunningProcess> => {
  const logger = loggerOf(settings);
  const undo = createUndo(logger);
  const { gatewayKey, demoIdentities, identityCacheMs, notFoundAnswerMs, profile, host, port } = settings;
  if (gatewayKey === undefined) throw new SettingMissing('gatewayKey');
  try {
    const lock = lockFolder(settings.data, join(settings.data, 'lock', 'in-use.sqlite'));
    undo.add('lock', lock.release);
    const telemetry = await telemetryOf(settings);
    undo.add('telemetry', telemetry.stop);
    const identity = identityOf(settings, logger, telemetry.of('gateway'), undo);
    const client = clientOf(settings, identity, logger, telemetry.of('gateway'));
    undo.add('connections', client.close);
    const operator = await startOperationsServer({
      host: settings.operationsHost ?? '127.0.0.1',
      port: settings.operationsPort ?? 0,
      // The gateway stands on the services: each part is one of them.
      parts: serviceNames.map((service) => ({
        part: service,
        check: async () => ((await client.serves(service)) ? 'ok' : 'failing'),
      })),
      figures: telemetry.figures,
    });
    undo.add('operator’s port', operator.close);
    const { oidcIssuer, oidcAudience, oidcJwks } = settings;
    const door = await openDoor({
      settings: { profile, host, port, data: demoIdentities ?? settings.data, oidcIssuer, oidcAudience, oidcJwks },
      keyFile: gatewayKey,
      rpc: client.rpc,
      blobs: client.blobs,
      copies: client.copies,
      logger,
      telemetry: telemetry.of('gateway'),
      gateway: {
        ...(identityCacheMs === undefined ? {} : { identityCacheMs }),
        ...(notFoundAnswerMs === undefined ? {} : { notFoundAnswerMs }),
      },
    });
    undo.add('gateway', door.close, settings.drainMs);
    const where = await door.listen();
    return {
      port: where.port,
      operationsPort: operator.port,
      stop: () => {
        operator.drain();
        return undo.run();
      },
    };
  } catch (error) {
    await undo.run();
    throw error;
  }
};
