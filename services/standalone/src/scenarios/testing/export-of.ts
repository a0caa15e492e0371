import { exportToFolder } from '@toeverlaat/records';
import type { OrganisationId } from '@toeverlaat/values';
import { z } from 'zod';
import { remotePage } from '../../commands/remote-page.js';
import { demoToken } from '../../demo-idp/index.js';
import { subjectOf } from '../../demo/people.js';

const meSchema = z.object({
  data: z.object({
    me: z.object({ capacities: z.array(z.object({ id: z.string(), role: z.string(), organisation: z.string() })) }),
  }),
});

/** What an organisation's auditor gets of a running demonstration: the export of its evidence, page by page, in a folder. */
export const exportOf = async (url: string, organisation: OrganisationId, folder: string): Promise<void> => {
  const token = await demoToken(url, subjectOf('aude', organisation));
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: '{ me { __typename capacities { id role organisation } } }' }),
  });
  const { capacities } = meSchema.parse(await response.json()).data.me;
  const own = capacities.find((one) => one.role === 'auditor' && one.organisation === organisation);
  if (own === undefined) throw new RangeError(`no auditor of ${organisation}`);
  await exportToFolder(folder, organisation, remotePage(url, token, own.id));
};
