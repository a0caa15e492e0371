import * as c from '@toeverlaat/contracts';
import { commandField, queryField, type SchemaPart } from './fields.js';

/** The counsellor's file, and what applicant and participant see of it. */
export const caseFields: SchemaPart = (frame) => {
  commandField(frame, c.openCaseCommand, {
    description:
      'Opens a case for a worker who got in touch, without a name if need be, with the real date of first contact.',
  });
  commandField(frame, c.recordAdviceCommand, {
    description: 'Records one-off advice: a contact without a case that still counts.',
  });
  commandField(frame, c.offerHearingCommand, { description: 'Records that a hearing was offered.' });
  commandField(frame, c.recordHearingCommand, { description: 'Records that the worker was heard.' });
  commandField(frame, c.requestInterviewConfirmationCommand, {
    description: 'Asks for a confirmation of the personal interview.',
  });
  commandField(frame, c.issueInterviewConfirmationCommand, {
    description: 'Issues the confirmation of the personal interview.',
  });
  commandField(frame, c.recordContactCommand, { description: 'Records a contact.' });
  commandField(frame, c.writeCaseNoteCommand, { description: 'Writes a note in the file.' });
  commandField(frame, c.writePersonalNoteCommand, {
    description: 'Writes a personal note: the author’s alone, it never leaves.',
  });
  commandField(frame, c.chooseInformalTypeCommand, {
    description: 'Records which kind of informal intervention the applicant chose.',
  });
  commandField(frame, c.prepareInformalDocumentCommand, {
    description: 'Prepares the document of the informal choice.',
  });
  commandField(frame, c.signDocumentCommand, { description: 'Records a signature over a document.' });
  commandField(frame, c.giveDocumentCopyCommand, { description: 'Records that the applicant got a copy.' });
  commandField(frame, c.makeNameKnownCommand, {
    description: 'Records the applicant’s name, now known to the counsellor.',
  });
  commandField(frame, c.addParticipantCommand, { description: 'Adds somebody who takes part.' });
  commandField(frame, c.agreeTellingCommand, { description: 'Records exactly what may be told to a participant.' });
  commandField(frame, c.withdrawTellingCommand, { description: 'Withdraws a point that might be told.' });
  commandField(frame, c.tellParticipantCommand, { description: 'Records what was told to a participant.' });
  commandField(frame, c.agreeToReconciliationCommand, {
    description: 'Records a participant’s agreement to a reconciliation.',
  });
  commandField(frame, c.recordReconciliationMeetingCommand, {
    description: 'Records a meeting of the reconciliation.',
  });
  commandField(frame, c.withdrawFromReconciliationCommand, {
    description: 'Records that somebody withdraws from the reconciliation.',
  });
  commandField(frame, c.carryOutInterventionCommand, { description: 'Records the intervention with another person.' });
  commandField(frame, c.recordOutcomeCommand, { description: 'Records the outcome.' });
  commandField(frame, c.closeCaseCommand, { description: 'Closes the case.' });
  commandField(frame, c.reopenCaseCommand, { description: 'Opens a closed case again.' });
  commandField(frame, c.linkCasesCommand, { description: 'Links two cases of the same handler.' });
  commandField(frame, c.recuseCommand, { description: 'Recuses oneself; the applicant decides who goes on.' });
  commandField(frame, c.askContinuationCommand, {
    description: 'Asks, in a fixed wording, whether the applicant wants to go on.',
  });
  commandField(frame, c.decideContinuationCommand, { description: 'Records the applicant’s decision on who goes on.' });
  commandField(frame, c.addExclusionCommand, {
    description: 'Excludes somebody with a conflict of interest from this case.',
  });
  commandField(frame, c.makeDisclosureCommand, {
    description: 'Records a disclosure in necessity or as testimony: ground, recipient, exact words.',
  });
  commandField(frame, c.markForFormalCommand, { description: 'Marks that the worker thinks of the formal route.' });
  commandField(frame, c.addAttachmentCommand, { description: 'Adds a sealed file that was uploaded before.' });

  queryField(frame, c.deskQuery, {
    name: 'desk',
    type: 'DeskPage',
    description: 'One’s own cases, nearest term first. Recorded: names are shown.',
  });
  queryField(frame, c.caseByIdQuery, {
    name: 'case',
    type: 'Case',
    description: 'One case, opened. Reading is recorded.',
  });
  queryField(frame, c.caseTimelineQuery, {
    name: 'caseTimeline',
    type: 'TimelineEntry',
    description: 'What happened in a case, and when it was known.',
  });
  queryField(frame, c.whoMayReadQuery, {
    name: 'whoMayReadCase',
    type: 'CaseReader',
    description: 'Who may read this case now, and by which rule.',
  });
  queryField(frame, c.caseDocumentQuery, {
    name: 'caseDocumentFile',
    type: 'CaseDocumentFile',
    description: 'A document as PDF, base64.',
  });
  queryField(frame, c.personalNotesQuery, {
    name: 'personalNotes',
    type: 'PersonalNote',
    description: 'The author’s own notes on a case.',
  });
  queryField(frame, c.participantViewQuery, {
    name: 'toldToMe',
    type: 'ParticipantView',
    description: 'Exactly what was agreed may be told to the participant who asks.',
  });
  queryField(frame, c.applicantViewQuery, {
    name: 'ownCase',
    type: 'OwnCase',
    description: 'Where the applicant’s own case stands.',
  });
  queryField(frame, c.adviceContactsQuery, {
    name: 'adviceContacts',
    type: 'AdvicePage',
    description: 'One-off advice given by the one who asks.',
  });
};
