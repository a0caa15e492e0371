import { defineConfig } from 'vitest/config';

/** Workspace packages resolve to their TypeScript sources, so a test never runs against a stale build. */
export default defineConfig({
  resolve: {
    conditions: ['source', 'node'],
    // graphql ships two builds that refuse each other's types; Node takes this one, so the tests must too.
    alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }],
  },
  ssr: { resolve: { conditions: ['source', 'node'] } },
  test: {
    include: ['{libs,services,infra,verify}/**/*.{unit,int,server}.spec.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    environment: 'node',
    // Starts the servers that the chosen files ask for, where the machine has them.
    globalSetup: ['libs/testing/src/servers.ts'],
    pool: 'forks',
    // Generous: a slow machine must not fail a test that waits for the right thing.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
