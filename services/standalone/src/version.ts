/** As the viewer of traces shows it, and as backups name the release that made them. */
export const VERSION = '0.1.0';
