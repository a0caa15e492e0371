import {
  awaitableOf,
  createErasurePart,
  createRpcController,
  createServiceHandle,
  type ServiceRuntime,
} from '@toeverlaat/service-kit';
import { Module, type DynamicModule } from '@nestjs/common';
import { createDirectoryAuthority } from './application/authority.js';
import { createCommands } from './application/commands.js';
import { createCore } from './application/core.js';
import { createErasureOwner } from './application/erasure.js';
import { createFounding } from './application/founding.js';
import { createQueries } from './application/queries.js';

@Module({})
export class DirectoryModule {
  static register(controller: new () => object): DynamicModule {
    return { module: DirectoryModule, controllers: [controller] };
  }
}

/** The directory over its ports: RPC patterns, views, and the review of designations that dates and functions demand. */
export const createDirectory = (runtime: ServiceRuntime) => {
  const core = createCore(runtime);
  const authority = createDirectoryAuthority(core);
  const commands = createCommands(core, authority);
  const queries = createQueries(core, authority);
  const served = [
    ...commands.served,
    createFounding(core, authority),
    ...queries.served,
    ...createErasurePart(runtime, awaitableOf(core.views), createErasureOwner(core)).served,
  ];
  const handle = createServiceHandle(runtime, {
    name: 'directory',
    module: DirectoryModule.register(createRpcController('DirectoryController', served, runtime)),
    views: core.views,
    runTimers: commands.reviewAll,
  });
  return { ...handle, served, authority };
};
