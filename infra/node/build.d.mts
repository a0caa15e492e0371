/**
 * @param root of the workspace
 * @param folder of the package
 * @returns the compiler's exit code; 0 without asking it when every file stands as the last good build left it
 */
export declare const buildIfChanged: (root: string, folder: string, build?: () => number) => number;
