export { verifyFolder, type VerifyOptions } from './check.js';
export type { Facts, Finding, Place, Verdict } from './findings.js';
export { verifyReceipt, type ReceiptOptions, type ReceiptVerdict } from './receipt.js';
export { verifyCertificate, type CertificateOptions, type CertificateVerdict } from './certificate.js';
export { holdingSentences, outsideSentences } from './sentences.js';
export { companySentences, verifyCompany, type CompanyVerdict } from './company.js';
export { ANSWER_FORMAT, verifyAnswer, type AnswerOptions, type AnswerVerdict } from './answer.js';
export { listReads, type Reading, type ReadsFilter, type ReadsVerdict } from './reads.js';
export { publishedKeysOf, type PublishedKeys } from './published-keys.js';
