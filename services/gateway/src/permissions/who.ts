import type { Role } from '@toeverlaat/access';
import { InvariantBroken } from '@toeverlaat/values';
import type { PermissionTable } from '../prune.js';
import { schemaRoles, type SchemaRole } from '../schema-roles.js';

/** Everybody, also before a capacity is chosen. */
export const everybody: readonly SchemaRole[] = schemaRoles;
/** Everybody who has a capacity. */
export const capacities: readonly SchemaRole[] = schemaRoles.filter((role) => role !== 'base');
/** Everybody with an entry in a directory. */
export const identified: readonly SchemaRole[] = capacities.filter((role) => role !== 'anonymous_worker');
/** Everybody who acts for an organisation. */
export const ofOrganisation: readonly SchemaRole[] = identified.filter((role) => role !== 'platform_operator');
/** Who asks for help. */
export const applicants = ['worker', 'anonymous_worker'] as const satisfies readonly Role[];
/** Who works cases, under professional secrecy. */
export const interveners = ['counsellor', 'prevention_adviser'] as const satisfies readonly Role[];
/** Who checks, without ever seeing content. */
export const overseers = ['auditor', 'records_manager', 'data_protection_officer'] as const satisfies readonly Role[];

/** `fields('Case', who, 'site', …)`: these fields of one type, all for the same roles. */
export const fields = <Names extends readonly string[]>(
  type: string,
  roles: readonly SchemaRole[],
  ...names: Names
): PermissionTable => Object.fromEntries(names.map((name) => [`${type}.${name}`, roles]));

/** Tables as one. @throws InvariantBroken for a field that two of them list: only one of the two would count */
export const table = (...parts: readonly PermissionTable[]): PermissionTable => {
  const whole: Record<string, readonly SchemaRole[]> = {};
  for (const part of parts)
    for (const [field, roles] of Object.entries(part)) {
      if (Object.hasOwn(whole, field)) throw new InvariantBroken(`permissions: ${field} stands in the table twice`);
      whole[field] = roles;
    }
  return whole;
};
