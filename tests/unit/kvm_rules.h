/*
 * Rules of memslots that the fake shares with the kernel
 *
 * Copyright 2026 the winehvplatform authors
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 *
 * This library is distributed in the hope that it will be useful,
 * but WITHOUT ANY WARRANTY; without even the implied warranty of
 * MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the GNU
 * Lesser General Public License for more details.
 *
 * You should have received a copy of the GNU Lesser General Public
 * License along with this library; if not, write to the Free Software
 * Foundation, Inc., 51 Franklin St, Fifth Floor, Boston, MA 02110-1301, USA
 */

/*
 * One list of KVM_SET_USER_MEMORY_REGION calls with the kernel's answers.
 * test_kvm.c asks the kernel, test_fake_kvm.c the fake: so the fake stays honest.
 */

#ifndef __WHV_TESTS_KVM_RULES_H
#define __WHV_TESTS_KVM_RULES_H

static const struct
{
    uint32_t slot, flags;
    uint64_t gpa, size, host;           /* host: offset into the memory given */
    int      ret;
} memslot_rules[] =
{
    { 0, 0, 0x10000, 0x4000, 0, 0 },
    { 0, 0, 0x10000, 0x4000, 0, 0 },                                    /* the same again */
    { 1, 0, 0x13000, 0x1000, 0, -EEXIST },                              /* overlap */
    { 1, 0, 0xf000, 0x2000, 0, -EEXIST },
    { 1, 0, 0x14000, 0x1000, 0, 0 },                                    /* neighbour, same host memory */
    { 0, 0, 0x10000, 0x5000, 0, -EINVAL },                              /* resized */
    { 0, 0, 0x10000, 0x3000, 0, -EINVAL },
    { 0, 0, 0x10000, 0x4000, 0x1000, -EINVAL },                         /* other memory */
    { 0, KVM_MEM_READONLY, 0x10000, 0x4000, 0, -EINVAL },
    { 0, KVM_MEM_LOG_DIRTY_PAGES, 0x10000, 0x4000, 0, 0 },
    { 0, 0, 0x10000, 0x4000, 0, 0 },
    { 0, 0, 0x20000, 0x4000, 0, 0 },                                    /* moved */
    { 0, 0, 0x11000, 0x4000, 0, -EEXIST },                              /* ... into another */
    { 2, 4, 0x30000, 0x1000, 0, -EINVAL },                              /* unknown flag */
    { 2, 0, 0x30800, 0x1000, 0, -EINVAL },
    { 2, 0, 0x30000, 0x800, 0, -EINVAL },
    { 2, 0, 0x30000, 0x1000, 0x800, -EINVAL },
    { 2, 0, 0xfffffffffffff000, 0x2000, 0, -EINVAL },                   /* wraps */
    { 2, 0, 0x30000, 0, 0, -EINVAL },                                   /* nothing to delete */
    { 32767, 0, 0x30000, 0x1000, 0, -EINVAL },                          /* no such number */
    { 2, KVM_MEM_READONLY | KVM_MEM_LOG_DIRTY_PAGES, 0x30000, 0x1000, 0, 0 },
    { 0, 0, 0x20000, 0, 0, 0 },
    { 0, 0, 0x20000, 0, 0, -EINVAL },
    { 1, 0, 0, 0, 0, 0 },
    { 2, 0, 0, 0, 0, 0 },
};

static inline void check_memslot_rules( int vm, const void *host )
{
    unsigned int i;

    for (i = 0; i < sizeof(memslot_rules) / sizeof(memslot_rules[0]); i++)
    {
        struct kvm_userspace_memory_region region =
        {
            .slot = memslot_rules[i].slot, .flags = memslot_rules[i].flags, .guest_phys_addr = memslot_rules[i].gpa,
            .memory_size = memslot_rules[i].size, .userspace_addr = (uintptr_t)host + memslot_rules[i].host,
        };
        int ret = kvm_set_memory_region( vm, &region );

        if (ret != memslot_rules[i].ret) print_error( "rule %u: %d instead of %d\n", i, ret, memslot_rules[i].ret );
        assert_int_equal( ret, memslot_rules[i].ret );
    }
}

#endif /* __WHV_TESTS_KVM_RULES_H */
