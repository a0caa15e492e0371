import { registerHooks } from 'node:module';

/**
 * Lets a child process run this workspace's TypeScript as it stands, without a build: Node removes the types, this finds
 * `./x.ts` where the source says `./x.js`. Goes with `--experimental-transform-types` and with `--conditions=source`, so
 * that workspace packages resolve to their sources as they do in the tests. Not for code with decorators.
 */
registerHooks({
  resolve: (specifier, context, next) => {
    try {
      return next(specifier, context);
    } catch (error) {
      if (!specifier.startsWith('.') || !specifier.endsWith('.js')) throw error;
      return next(`${specifier.slice(0, -3)}.ts`, context);
    }
  },
});
