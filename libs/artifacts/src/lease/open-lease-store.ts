import { findPlace, openBucket } from '@holdfast/s3';
import { createFolderLeaseStore } from './folder-lease-store.js';
import type { LeaseStore } from './lease-store.js';
import { createObjectLeaseStore } from './object-lease-store.js';

/** Where the terms of a lease are kept: in the object store, where its path stands for objects, else in a folder. */
export function openLeaseStore(path: string, options?: { readonly forgets?: boolean }): LeaseStore {
  const place = findPlace(path);
  return place === undefined
    ? createFolderLeaseStore(path, options)
    : createObjectLeaseStore(path, place, openBucket(place.bucket), options);
}
