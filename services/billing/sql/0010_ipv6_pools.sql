-- IPv6 addresses beside the IPv4 ones of a pool.

ALTER TABLE billing.address_pools
    ADD COLUMN first_address6 inet CHECK (family(first_address6) = 6),
    ADD COLUMN prefix_length6 integer CHECK (prefix_length6 BETWEEN 1 AND 128),
    ADD COLUMN gateway6 inet CHECK (family(gateway6) = 6),
    ADD CHECK ((first_address6 IS NULL) = (prefix_length6 IS NULL)
           AND (first_address6 IS NULL) = (gateway6 IS NULL));
COMMENT ON COLUMN billing.address_pools.first_address6 IS 'NULL: the pool has no IPv6. Else the server at offset n of the pool has the n-th address from here on too, so that nothing is stored of it and no address is given twice (INV-5).';
