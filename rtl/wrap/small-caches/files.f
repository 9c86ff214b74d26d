// Our own core with caches of 8 KiB each, the size that its CoreMark figures are for.
-GIcacheSets=64
-GDcacheSets=256
--no-trace
