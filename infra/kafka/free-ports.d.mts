/**
 * Looks for free ports of an address, never the same one twice, below the range that the system gives to whoever connects.
 * Somebody else may take one before it is used: start again.
 * @throws RangeError: none is free
 */
export declare const freePorts: (host: string) => () => Promise<number>;
