import * as c from '@toeverlaat/contracts';
import { commandField, queryField, type SchemaPart } from './fields.js';

/** Organisations, sites, people, capacities, designations, contracts and mandates. */
export const directoryFields: SchemaPart = (frame) => {
  // organisation
  commandField(frame, c.registerOrganisation, {
    description: 'Registers an organisation with its first site and its first administrator.',
  });
  commandField(frame, c.renameOrganisation, { description: 'Changes the legal name.' });
  commandField(frame, c.recordWorkers, {
    description: 'Records how many workers there are: from a number on a counsellor is required.',
  });
  commandField(frame, c.openSite, { description: 'Adds a site with its language regime.' });
  commandField(frame, c.changeSite, { description: 'Changes what is known of a site.' });
  commandField(frame, c.closeSite, { description: 'Closes a site; its cases stay where they are.' });
  commandField(frame, c.recordPredecessor, {
    description: 'Records which organisation this one comes from, and since when.',
  });
  commandField(frame, c.recordSuccessor, {
    description: 'Records which organisation this one went over into, and since when.',
  });
  commandField(frame, c.recordConsultationBody, { description: 'Records which body agrees to designations.' });
  commandField(frame, c.arrangePreventionAdviser, {
    description: 'Records where the prevention adviser is: inside, or at an external service.',
  });
  commandField(frame, c.recordCounsellorAskedFor, {
    description: 'Records that a counsellor was asked for below the number that requires one.',
  });
  commandField(frame, c.changeSetting, {
    name: 'changeLegalSetting',
    description: 'Changes how a rule is applied here, where the law leaves a choice.',
  });
  commandField(frame, c.changeFiguresSetting, {
    description: 'Changes how carefully figures are released here: which counts are small, how short a period may be.',
  });
  commandField(frame, c.setWorkingHours, {
    description:
      'Sets when people are expected to work here, or at one site. Reading outside these hours is looked at. Until an hour before the one they begin at means until the next day, as from 22 until 6; such hours are of the day on which they begin.',
  });
  commandField(frame, c.acceptIssuer, { description: 'Accepts an identity provider for this organisation.' });
  commandField(frame, c.dropIssuer, { description: 'Accepts an identity provider no longer.' });
  // people
  commandField(frame, c.registerPerson, { description: 'Enters a person in the directory.' });
  commandField(frame, c.renamePerson, { description: 'Corrects a name.' });
  commandField(frame, c.changeEmail, { description: 'Changes an e-mail address.' });
  commandField(frame, c.changeLanguages, { description: 'Changes the languages a person speaks.' });
  commandField(frame, c.movePerson, { description: 'Moves a person to another site. Moves no case.' });
  commandField(frame, c.takeFunction, { description: 'Records a function that may not go with being counsellor.' });
  commandField(frame, c.layDownFunction, { description: 'Records that such a function ended.' });
  commandField(frame, c.linkSubject, { description: 'Links a sign-in to a person.' });
  commandField(frame, c.unlinkSubject, { description: 'Takes a sign-in away from a person.' });
  commandField(frame, c.grantCapacity, {
    description: 'Gives a person a capacity, from a date. `sites: ["*"]` means all of them.',
  });
  commandField(frame, c.endCapacity, { description: 'Ends a capacity.' });
  commandField(frame, c.recordLeaving, { description: 'Records that a person leaves the organisation.' });
  // designations
  commandField(frame, c.proposeDesignation, { description: 'Proposes somebody as counsellor.' });
  commandField(frame, c.recordPriorAgreement, { description: 'Records the prior agreement of the worker members.' });
  commandField(frame, c.startDesignation, { description: 'Starts an agreed designation.' });
  commandField(frame, c.withdrawProposal, {
    name: 'withdrawDesignationProposal',
    description: 'Withdraws a proposed designation.',
  });
  commandField(frame, c.changeDesignationScope, {
    description: 'Changes sites and languages of a designation, with agreement.',
  });
  commandField(frame, c.recordTraining, { description: 'Records hours of training of a counsellor.' });
  commandField(frame, c.recordSupervision, { description: 'Records the yearly supervision of a counsellor.' });
  commandField(frame, c.enterAbsence, { description: 'Enters an absence: it stops new requests at the card.' });
  commandField(frame, c.endAbsence, { description: 'Ends an absence.' });
  commandField(frame, c.resignDesignation, { description: 'Records that a counsellor resigns.' });
  commandField(frame, c.removeCounsellor, { description: 'Removes a counsellor, with the same prior agreement.' });
  commandField(frame, c.nameSuccessor, {
    name: 'nameSuccessorCounsellor',
    description: 'Names who may go on with the cases of an ended designation, as each applicant decides.',
  });
  // contracts and mandates
  commandField(frame, c.concludeContract, { description: 'Concludes a contract with an external service.' });
  commandField(frame, c.endContract, { description: 'Ends a contract with an external service.' });
  commandField(frame, c.giveMandate, { description: 'Gives a person of the external service a mandate to act here.' });
  commandField(frame, c.revokeMandate, { description: 'Revokes a mandate.' });

  // questions
  queryField(frame, c.counsellorCardsQuery, {
    name: 'counsellorCards',
    type: 'CounsellorCard',
    description: 'The counsellors of a site: the same for everybody, whatever case there is.',
  });
  queryField(frame, c.secondCounsellorsQuery, {
    name: 'secondCounsellors',
    type: 'SecondCounsellor',
    description: 'Who may be told, besides the chosen counsellor, when time runs short.',
  });
  queryField(frame, c.organisationProfileQuery, {
    name: 'organisation',
    type: 'Organisation',
    description: 'The organisation acted in.',
  });
  queryField(frame, c.designationFileQuery, {
    name: 'designation',
    type: 'Designation',
    description: 'One designation.',
  });
  queryField(frame, c.designationListQuery, {
    name: 'designations',
    type: 'Designation',
    description: 'Designations of the organisation.',
  });
  queryField(frame, c.dutiesQuery, {
    name: 'counsellorDuties',
    type: 'CounsellorDuty',
    description: 'Training and supervision: what is due when, and why then.',
  });
  queryField(frame, c.requirementsQuery, {
    name: 'designationRequirements',
    type: 'DesignationRequirements',
    description: 'Whether the organisation has the counsellors it must have.',
  });
  queryField(frame, c.peopleQuery, { name: 'people', type: 'PersonPage', description: 'People of the directory.' });
  queryField(frame, c.personQuery, { name: 'person', type: 'Person', description: 'One entry of the directory.' });
  queryField(frame, c.contractsQuery, {
    name: 'serviceContracts',
    type: 'ServiceContract',
    description: 'Contracts with external services.',
  });
  queryField(frame, c.mandatesQuery, { name: 'mandates', type: 'Mandate', description: 'Mandates to act here.' });
  queryField(frame, c.permissionsQuery, {
    name: 'permissionsAsOf',
    type: 'PermissionAsOf',
    description: 'What a person could act as at a moment, by what was recorded by then.',
  });
};
