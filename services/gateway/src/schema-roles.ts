import { roles, type Role } from '@toeverlaat/access';

/** Who a schema is for: a capacity, or `base` for someone who has not chosen one yet. */
export const schemaRoles = ['base', ...roles] as const;
export type SchemaRole = 'base' | Role;
