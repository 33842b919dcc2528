import fc from 'fast-check';

// The same examples in every run, so that a failure is the change's; other ones with PROPERTY_SEED.
fc.configureGlobal({ seed: Number(import.meta.env.PROPERTY_SEED ?? 10) });
