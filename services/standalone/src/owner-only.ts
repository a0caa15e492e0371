/**
 * Whatever this process makes from now on is for its own user alone: folders 0700, files 0600. SQLite makes its files, and
 * those it keeps beside them, with the process's mask and takes no mode, so this is the one place that reaches all of them.
 * To be called before anything is opened. Windows has no such mask: there the folder's own permissions hold.
 */
export const ownerOnly = (): void => {
  process.umask(0o077);
};
