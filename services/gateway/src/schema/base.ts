import { purposesOf, roleSchema, type Purpose, type Role } from '@toeverlaat/access';
import type { IdentityCapacity } from '@toeverlaat/contracts';
import { capacityChoices, type CapacityChoice } from '../auth/capacities.js';
import type { OutputRef } from '@pothos/core';
import type { SchemaPart } from './fields.js';

/** What everybody sees: who I am here, which capacities I may choose, whether the product works. */
export const baseFields: SchemaPart = ({ builder, zod }) => {
  // The contracts' own schema, so that the same enum serves every part.
  const role = zod.output(roleSchema, 'Role').type as OutputRef<Role>;

  const mandate = builder.objectRef<NonNullable<IdentityCapacity['mandate']>>('CapacityMandate').implement({
    description: 'The mandate under which a capacity in another organisation is held.',
    fields: (t) => ({
      id: t.exposeString('id'),
      home: t.exposeString('home', { description: 'The organisation that the person belongs to.' }),
      from: t.field({ type: 'Date', resolve: (row) => row.from }),
      to: t.field({ type: 'Date', nullable: true, resolve: (row) => row.to ?? null }),
    }),
  });

  const capacity = builder.objectRef<CapacityChoice>('Capacity').implement({
    description:
      'What a person may act as: organisation, role and mandate. Choose one with the header toeverlaat-capacity.',
    fields: (t) => ({
      id: t.exposeString('id', { description: 'To send in the header toeverlaat-capacity.' }),
      role: t.field({ type: role, resolve: (row): Role => row.role }),
      organisation: t.exposeString('organisation'),
      label: t.exposeString('label'),
      sites: t.stringList({
        nullable: true,
        description: 'The sites it reaches; null for all of them.',
        resolve: (row) => (row.sites === 'all' ? null : [...row.sites]),
      }),
      purposes: t.stringList({
        description: 'What may be sent in the header toeverlaat-purpose; the first counts when none is sent.',
        resolve: (row): Purpose[] => [...purposesOf[row.role]],
      }),
      mandate: t.field({ type: mandate, nullable: true, resolve: (row) => row.mandate ?? null }),
    }),
  });

  const me = builder.objectRef<{ readonly signedIn: boolean }>('Me').implement({
    description: 'Who asks.',
    fields: (t) => ({
      signedIn: t.exposeBoolean('signedIn'),
      capacities: t.field({
        type: [capacity],
        description: 'What the signed-in person may act as today; empty without a sign-in.',
        resolve: (_me, _args, scope) => capacityChoices(scope.identity),
      }),
      acting: t.field({
        type: capacity,
        nullable: true,
        description: 'The capacity of this request; null while none is chosen or without a sign-in.',
        resolve: (_me, _args, scope) =>
          capacityChoices(scope.identity).find(
            (one) =>
              one.choice.id === scope.caller?.capacityId &&
              one.role === scope.caller.role &&
              one.organisation === scope.caller.organisation &&
              one.person === scope.caller.person,
          ) ?? null,
      }),
      role: t.field({
        type: role,
        nullable: true,
        resolve: (_me, _args, scope) => (scope.role === 'base' ? null : scope.role),
      }),
      organisation: t.string({ nullable: true, resolve: (_me, _args, scope) => scope.caller?.organisation ?? null }),
      purpose: t.string({ nullable: true, resolve: (_me, _args, scope) => scope.purpose ?? null }),
      language: t.string({ resolve: (_me, _args, scope) => scope.language }),
    }),
  });

  const health = builder.objectRef<{ readonly status: 'ok' | 'degraded' }>('Health').implement({
    description: 'Whether every part answers.',
    fields: (t) => ({ status: t.exposeString('status') }),
  });

  builder.queryFields((t) => ({
    me: t.field({
      type: me,
      description: 'Who asks, and as what.',
      resolve: (_root, _args, scope) => ({ signedIn: scope.identity !== undefined }),
    }),
    health: t.field({ type: health, resolve: async (_root, _args, scope) => ({ status: await scope.health() }) }),
  }));
};
