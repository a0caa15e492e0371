/** Entry into force of the 2014 reform of psychosocial risks (Act and Royal Decree of 2014): from memory. */
export const REFORM_2014 = '2014-09-01';
/** A counsellor is mandatory from 50 workers since this day (domain, "Often got wrong" 1). */
export const MANDATORY_2023 = '2023-12-01';
/** First day of this edition: our own choices apply from here. */
export const THIS_VERSION = '2026-01-01';
/** Regulation (EU) 2016/679 applies from here on (its art. 99(2)). */
export const GDPR_APPLIES = '2018-05-25';
