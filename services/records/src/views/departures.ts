import { defineView } from '@toeverlaat/views';
import { departureCategory, departureCodec } from '../domain/departure/index.js';

/** A row per organisation: whether it leaves, and how far that is. What goes to whom is folded from the log. */
export const departuresView = defineView({
  name: 'departures',
  version: 2,
  mode: 'async',
  categories: [departureCategory],
  codecs: [departureCodec],
  tables: [
    {
      name: 'departures',
      columns: {
        organisation: 'TEXT NOT NULL',
        departure_id: 'TEXT NOT NULL',
        status: 'TEXT NOT NULL',
        confirm_by: 'TEXT',
        called_for: 'INTEGER NOT NULL',
      },
      primaryKey: ['organisation'],
      indexes: [],
    },
  ],
  handlers: {
    DepartureRequested: ({ data }, tx) => {
      tx.upsert('departures', {
        departure_id: data.departureId,
        status: 'requested',
        confirm_by: null,
        called_for: 0,
      });
    },
    DepartureApproved: (_, tx) => {
      tx.update('departures', {}, { status: 'approved' });
    },
    DepartureWithdrawn: (_, tx) => {
      tx.update('departures', {}, { status: 'withdrawn' });
    },
    KeysHandedOver: (_, tx) => {
      tx.update('departures', {}, { status: 'handing_over' });
    },
    HandoverMade: ({ data }, tx) => {
      tx.update('departures', {}, { status: 'handed_over', confirm_by: data.confirmBy, called_for: 0 });
    },
    ConfirmationFellDue: (_, tx) => {
      tx.update('departures', {}, { called_for: 1 });
    },
    OrganisationArrived: (_, tx) => {
      tx.update('departures', {}, { status: 'arrived', called_for: 0 });
    },
    HandoverConfirmed: (_, tx) => {
      tx.update('departures', {}, { status: 'confirmed', called_for: 0 });
    },
    DepartureCompleted: (_, tx) => {
      tx.update('departures', {}, { status: 'completed' });
    },
  },
});
