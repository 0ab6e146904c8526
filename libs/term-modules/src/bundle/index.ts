export { type BundledModule, bundleModule } from './bundle-module.js';
